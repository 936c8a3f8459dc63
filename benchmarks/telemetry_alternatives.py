def alternatives():
    return []
