/** The script behind an interpreter, from what the kernel did and the command line says; never from what is usual. */

/** TASK_COMM_LEN without the NUL: longer names are cut (linux/sched.h). */
const COMM_LENGTH = 15;

/**
 * Programs whose first operand, when it comes before any option, is the script they run: the shells (POSIX "sh"),
 * Python ("Using Python" 1.1), Perl (perlrun), Ruby (ruby(1)), PHP (php(1)), Node (node(1)), Lua (lua(1)), Tcl (tclsh(1)).
 */
const INTERPRETERS =
  /^(?:sh|bash|dash|ash|ksh|zsh|python|perl|ruby|php|node|nodejs|lua|luajit|tclsh|awk|Rscript)(?:-?\d+(?:\.\d+)*)?$/;

/**
 * A program started through `#!` bears its script's name (execve(2), proc(5) comm), and the kernel put the script's
 * path into the arguments. One started by hand bears the interpreter's own name.
 */
export function scriptOf(process: {
  readonly comm: string;
  readonly exe: string | null;
  readonly argv: readonly string[];
}): string | null {
  const { comm, exe, argv } = process;
  if (exe === null || argv.length < 2) return null;
  const program = baseName(exe);
  if (comm !== program.slice(0, COMM_LENGTH)) {
    const script = argv.slice(1, 3).find((argument) => baseName(argument).slice(0, COMM_LENGTH) === comm);
    if (script !== undefined) return script;
  }
  const [, first = ''] = argv;
  return INTERPRETERS.test(program) && first !== '' && !first.startsWith('-') ? first : null;
}

function baseName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}
