"""Scripts that let bash, zsh, fish and PowerShell complete command lines of ossh.

`ossh --completion SHELL` prints one. All of them ask ossh itself, `ossh --complete SHELL LINE`,
with the line up to the cursor. The first line of the answer is WORDS, FILES or FOLDERS; after WORDS
there follows a line for each: the word, a tab, and what is said of it. A shell completes files and
folders of this machine itself, as it does everywhere.
"""

BASH = r"""# Completes ossh in bash. In ~/.bashrc: source <(ossh --completion bash)
_ossh() {
    local line=${COMP_LINE:0:COMP_POINT} word=${COMP_WORDS[COMP_CWORD]} IFS=$'\n' answer offers
    [[ $word == [:=] ]] && word=
    mapfile -t answer < <(ossh --complete bash "$line" 2>/dev/null)
    offers=("${answer[@]:1}")
    case ${answer[0]} in
        words) COMPREPLY=("${offers[@]%%$'\t'*}") ;;
        folders) COMPREPLY=($(compgen -d -- "$word")) ;;
        *) COMPREPLY=($(compgen -f -- "$word")) ;;
    esac
    [[ ${#COMPREPLY[@]} == 1 && ${COMPREPLY[0]} == */ ]] && compopt -o nospace 2>/dev/null
}
complete -o filenames -F _ossh ossh
"""

ZSH = r"""#compdef ossh
# Completes ossh in zsh. In ~/.zshrc, after compinit: source <(ossh --completion zsh)
_ossh() {
    local -a answer values told open open_told
    local one
    answer=("${(@f)$(ossh --complete zsh "${(j: :)words[1,CURRENT]}" 2>/dev/null)}")
    case $answer[1] in
        words)
            for one in "${(@)answer[2,-1]}"; do
                if [[ ${one%%$'\t'*} == */ ]]; then
                    open+=("${one%%$'\t'*}"); open_told+=("${one//$'\t'/  }")
                else
                    values+=("${one%%$'\t'*}"); told+=("${one//$'\t'/  }")
                fi
            done
            (( $#open )) && compadd -S '' -l -d open_told -a open
            (( $#values )) && compadd -l -d told -a values ;;
        folders) _files -/ ;;
        *) _files ;;
    esac
}
if [ "$funcstack[1]" = _ossh ]; then _ossh "$@"; else compdef _ossh ossh; fi
"""

FISH = r"""# Completes ossh in fish. In ~/.config/fish/config.fish: ossh --completion fish | source
function __ossh
    set -l answer (ossh --complete fish (commandline -cp) 2>/dev/null)
    switch "$answer[1]"
        case words
            string join \n -- $answer[2..-1]
        case folders
            __fish_complete_directories (commandline -ct)
        case '*'
            __fish_complete_path (commandline -ct)
    end
end
complete -c ossh -f -a '(__ossh)'
"""

POWERSHELL = r"""# Completes ossh in PowerShell. In $PROFILE:
#   ossh --completion powershell | Out-String | Invoke-Expression
Register-ArgumentCompleter -Native -CommandName ossh -ScriptBlock {
    param($word, $tree, $cursor)
    $line = $tree.ToString()
    $line = $line.Substring(0, [Math]::Min($cursor - $tree.Extent.StartOffset, $line.Length))
    if ($word -eq '') { $line = "$line " }
    $answer = @(ossh --complete powershell $line 2>$null)
    if ($answer[0] -ne 'words') { return }  # no answer is PowerShell's own: files
    $answer | Select-Object -Skip 1 | ForEach-Object {
        $text, $told = $_ -split "`t", 2
        $shown = $text
        if ($text -match '[\s;|&''"]') { $shown = "'" + $text.Replace("'", "''") + "'" }
        if (-not $told) { $told = $text }
        [System.Management.Automation.CompletionResult]::new($shown, $text, 'ParameterValue', $told)
    }
}
"""

SCRIPTS = {"bash": BASH, "zsh": ZSH, "fish": FISH, "powershell": POWERSHELL}
