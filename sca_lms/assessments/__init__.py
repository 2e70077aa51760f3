"""Set quizzes, take attempts and score them."""
