"""What a run's models, forges and sandbox were asked and answered, on a tape: one file a run.

`values` writes values of the ports as plain data and reads them again, `tape` is the file.
`recording` puts recorders round the ports of a run that is worked on, `playing` gives ports that
answer from a tape and reach nothing. Nothing here carries a run on.
"""
