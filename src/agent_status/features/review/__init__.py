"""Review: what agents changed in their checkouts, found by git without touching them."""
