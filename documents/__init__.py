"""What do we write? Every paper of a process, written from its case and set in Word."""
