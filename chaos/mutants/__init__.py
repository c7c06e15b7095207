"""The platform with one safety off at a time, to see whether the suite notices."""
