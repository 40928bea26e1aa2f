"""The chaos run: jobs of the real ossh that are disturbed at random, resumed, and checked."""
