"""What is a process? Definitions, indicator standards and holiday tables; YAML only."""
