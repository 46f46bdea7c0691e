//! Settings that libgit2 keeps once for the whole process.

use std::sync::Once;

/// Extensions of the repository format that do not change how anything read here is stored, or that are handled here by other means:
/// a partial clone lacks objects (left out), references of a reftable are asked of git itself.
const EXTENSIONS: &[&str] = &["partialclone", "refstorage", "compatobjectformat"];

/// Sets them; every way to open a repository begins here. Failure leaves libgit2's defaults, which refuse more repositories.
#[allow(unsafe_code)]
pub(super) fn apply() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        // SAFETY: both functions write static variables of libgit2, which only opening a repository reads. All repositories of this
        // process are opened in this room, after `apply` has returned on their thread, and `Once` orders this write before that.
        unsafe {
            // Who owns the files of a repository matters to a program that runs what its configuration names. Nothing is run here.
            let _ = git2::opts::set_verify_owner_validation(false);
            let _ = git2::opts::set_extensions(EXTENSIONS);
            // The configuration of user and system may name files that are slow or not there; nothing of it is used.
            for level in [
                git2::ConfigLevel::ProgramData,
                git2::ConfigLevel::System,
                git2::ConfigLevel::XDG,
                git2::ConfigLevel::Global,
            ] {
                let _ = git2::opts::set_search_path(level, "");
            }
        }
        // An object is what git would check out under its id, even where the id is wrong; hashing it again would take as long as
        // reading it. Damaged storage is still noticed: each object carries a checksum in its compressed form.
        git2::opts::strict_hash_verification(false);
    });
}
