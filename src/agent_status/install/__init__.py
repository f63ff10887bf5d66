"""Install: what agent-status adds to the machine and to tmux, and how it is removed."""
