"""What tests share: labs, fakes, drawn screens."""
