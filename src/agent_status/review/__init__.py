"""What an agent changed in its checkout since the user looked: the only place that runs git."""
