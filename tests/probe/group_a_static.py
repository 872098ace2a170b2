def cases(_context):
    return ()
