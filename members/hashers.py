"""Password hashing within the memory that twenty sign-ins at once may take."""

from django.contrib.auth.hashers import Argon2PasswordHasher


class Argon2Hasher(Argon2PasswordHasher):
    """Argon2id, t=2, m=19 MiB, p=1: OWASP's range; Django's takes 100 MB (R34)."""

    time_cost = 2
    memory_cost = 19 * 1024
    parallelism = 1
