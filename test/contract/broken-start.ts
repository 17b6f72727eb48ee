/** Ends before its first word. */
process.stderr.write('first line\nthe last words\n');
process.exitCode = 3;
