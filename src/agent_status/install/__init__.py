"""What is put onto a machine and into tmux, and taken back again."""
