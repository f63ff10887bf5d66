"""How right the badges are: what replays of labelled recordings say, held against the labels."""
