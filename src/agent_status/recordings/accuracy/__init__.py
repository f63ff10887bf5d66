"""Accuracy: replays labelled recordings and compares the states with the labels."""
