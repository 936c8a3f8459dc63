"""The ground floor: the words that both domains speak. Imports nothing of ours."""
