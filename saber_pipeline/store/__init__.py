"""The object store that several machines share: what landed, the versions of the answers, lists and questions."""
