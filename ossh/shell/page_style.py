"""How a report looks: light and dark as the reader's system is, black on white on paper."""

STYLE = """
:root { --ink: #1c2430; --soft: #5b6675; --paper: #ffffff; --card: #f4f6f9; --rule: #d9dfe7;
  --accent: #1f6feb; --good: #1a7f37; --warn: #9a6700; --bad: #c62828; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e6eaf0; --soft: #9aa6b5; --paper: #12161c; --card: #1b212a; --rule: #313a46;
    --accent: #6cb0ff; --good: #5fd07a; --warn: #e3b341; --bad: #ff8078; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink);
  font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif; }
main { max-width: 62rem; margin: 0 auto; padding: 2rem 1.25rem 3rem; }
h1 { font-size: 1.7rem; margin: 0 0 1rem; overflow-wrap: anywhere; }
h2 { font-size: 1.1rem; margin: 2.2rem 0 .6rem; padding-bottom: .3rem;
  border-bottom: 1px solid var(--rule); }
h3 { font-size: 1rem; margin: 1.2rem 0 .4rem; }
.state { font-size: .9rem; font-weight: 600; padding: .15rem .6rem; border-radius: 1rem;
  border: 1px solid currentColor; vertical-align: middle; white-space: nowrap; }
.good { color: var(--good); } .warn { color: var(--warn); } .bad { color: var(--bad); }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(10rem, 1fr)); gap: .75rem; }
.tile { background: var(--card); border-radius: .5rem; padding: .8rem 1rem; }
.tile b { display: block; font-size: 1.4rem; font-variant-numeric: tabular-nums; }
.tile span, .note, footer, dt { color: var(--soft); }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .2rem 1.2rem; margin: .6rem 0; }
dd { margin: 0; overflow-wrap: anywhere; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; }
th { text-align: left; font-weight: 600; color: var(--soft); }
th, td { padding: .3rem .9rem .3rem 0; border-bottom: 1px solid var(--rule); vertical-align: top; }
td.long { overflow-wrap: anywhere; min-width: 9rem; }
th.n, td.n { width: 1%; text-align: right; white-space: nowrap;
  font-variant-numeric: tabular-nums; }
svg { display: block; width: 100%; height: auto; }
svg text { fill: var(--soft); font-size: 11px; }
.grid { stroke: var(--rule); } .line { fill: none; stroke: var(--accent); stroke-width: 1.5; }
.area { fill: var(--accent); opacity: .18; }
footer { margin-top: 2.5rem; font-size: .85rem; }
@media print {
  :root { --ink: #000000; --soft: #444444; --paper: #ffffff; --card: #ffffff; --rule: #bbbbbb;
    --accent: #000000; --good: #000000; --warn: #000000; --bad: #000000; }
  body { font-size: 10pt; } main { max-width: none; padding: 0; }
  .tile { border: 1px solid var(--rule); } .scroll { overflow: visible; }
  h2, h3 { break-after: avoid; } tr, svg, .tile { break-inside: avoid; }
  thead { display: table-header-group; }
}
"""
