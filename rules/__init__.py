"""What follows from what: pure rules, without input, output, clock or chance."""
