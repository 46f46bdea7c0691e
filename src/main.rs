//! The command-line program: hands what was typed and the two output streams to [`invoca_scan::cli`].

use std::io::{IsTerminal as _, Write as _};
use std::process::ExitCode;

fn main() -> ExitCode {
    let stdout = std::io::stdout();
    let stderr = std::io::stderr();
    let mut console = invoca_scan::cli::Console {
        out_is_terminal: stdout.is_terminal(),
        err_is_terminal: stderr.is_terminal(),
        out: Box::new(std::io::BufWriter::new(stdout)),
        err: Box::new(stderr),
    };
    let status = invoca_scan::cli::run(std::env::args_os(), &mut console);
    // Whoever closed the pipe has seen enough; anything else that keeps results from the reader must not look like success.
    match console.out.flush() {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => {
            let _ = writeln!(console.err, "error: cannot write the output: {error}");
            invoca_scan::cli::ExitStatus::Incomplete.into()
        }
        _ => status.into(),
    }
}
