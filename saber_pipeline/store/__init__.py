"""The object store shared by several machines: landed files, versions of the answers, lists and questions."""
