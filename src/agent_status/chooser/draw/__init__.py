"""Parts that the panels and the frame draw: rows, detail, rules, fields."""
