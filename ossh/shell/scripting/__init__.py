"""Sessions as text: what was typed is remembered, recorded, replayed and compared."""
