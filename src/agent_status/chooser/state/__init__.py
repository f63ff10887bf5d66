"""The chooser's state: frozen values, and what each key makes of them."""
