//! Which file systems can hold the store.
//!
//! Owns the list of those that cannot: the write-ahead log is coordinated through memory that all users of the database
//! map, and through byte-range locks, and neither is dependable when another host (or the host of a virtual machine)
//! serves the files. FUSE is judged by its subtype, because local disks come through it as well (mergerfs, Unraid's
//! shfs). Unknown kinds are accepted: opening proves whether WAL mode works. Must not know the database.

use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

/// `f_type` of statfs(2) for FUSE, whose real kind only the mount table tells.
const FUSE: u64 = 0x6573_5546;

/// `f_type` values of statfs(2) (linux/magic.h and the kernel's file system sources) that are refused.
const REFUSED_MAGIC: &[(u64, &str)] = &[
    (0x6969, "nfs"),
    (0x517b, "smb"),
    (0xff53_4d42, "cifs"),
    (0xfe53_4d42, "smb2"),
    (0x0102_1997, "9p"),
    (0x00c3_6400, "ceph"),
    (0x5346_414f, "afs"),
    (0x6b41_4653, "afs"),
    (0x7375_7245, "coda"),
    (0x564c, "ncp"),
    (0x0bd0_0bd0, "lustre"),
    (0x7461_636f, "ocfs2"),
    (0x4750_4653, "gpfs"),
    (0x1961_0531, "beegfs"),
];

/// Types in the mount table that are refused.
const REFUSED_NAMES: &[&str] = &[
    "nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "ceph", "afs", "coda", "ncpfs", "lustre", "ocfs2", "gpfs",
    "beegfs", "drvfs",
];

/// Subtypes of FUSE that are refused.
const REFUSED_FUSE: &[&str] = &[
    "sshfs",
    "s3fs",
    "rclone",
    "glusterfs",
    "ceph-fuse",
    "cephfs",
    "davfs",
    "curlftpfs",
    "goofys",
    "gcsfuse",
    "smbnetfs",
    "juicefs",
    "blobfuse",
    "blobfuse2",
    "mount-s3",
    "moosefs",
    "mfs",
    "seaweedfs",
    "nfs",
];

/// The kind of file system of a folder, when it is one that is refused.
///
/// # Errors
/// When the folder cannot be looked at. A mount table that cannot be read refuses nothing.
pub(crate) fn refused_kind(folder: &Path) -> io::Result<Option<String>> {
    let magic = file_system_magic(folder)?;
    if let Some((_, kind)) = REFUSED_MAGIC.iter().find(|(refused, _)| *refused == magic) {
        return Ok(Some((*kind).to_owned()));
    }
    if magic != FUSE {
        return Ok(None);
    }
    let device = fs::metadata(folder)?.dev();
    let table = fs::read_to_string("/proc/self/mountinfo").unwrap_or_default();
    Ok(mounted_type(&table, device)
        .filter(|name| is_refused_name(name))
        .map(str::to_owned))
}

/// `f_type` as a plain 32-bit pattern: its width and sign differ between platforms.
fn file_system_magic(folder: &Path) -> io::Result<u64> {
    let stat = rustix::fs::statfs(folder)?;
    Ok(u64::from(stat.f_type as u32))
}

/// Whether a type as the mount table writes it (`nfs4`, `fuse.sshfs`) is refused.
pub(crate) fn is_refused_name(name: &str) -> bool {
    match name.split_once('.') {
        Some(("fuse" | "fuseblk", subtype)) => REFUSED_FUSE.contains(&subtype),
        _ => REFUSED_NAMES.contains(&name),
    }
}

/// The type of the file system with this device number, from the text of `/proc/self/mountinfo`.
fn mounted_type(table: &str, device: u64) -> Option<&str> {
    let wanted = format!("{}:{}", rustix::fs::major(device), rustix::fs::minor(device));
    table.lines().find_map(|line| {
        let number = line.split(' ').nth(2)?;
        let (_, after) = line.split_once(" - ")?;
        (number == wanted).then(|| after.split(' ').next())?
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s07_network_file_systems_are_refused_by_name() {
        for name in [
            "nfs",
            "nfs4",
            "cifs",
            "smb3",
            "9p",
            "fuse.sshfs",
            "fuse.rclone",
            "fuse.glusterfs",
        ] {
            assert!(is_refused_name(name), "{name}");
        }
        for name in [
            "ext4",
            "xfs",
            "btrfs",
            "zfs",
            "overlay",
            "tmpfs",
            "fuse.shfs",
            "fuse.mergerfs",
            "fuseblk",
        ] {
            assert!(!is_refused_name(name), "{name}");
        }
    }

    #[test]
    fn s07_the_mount_table_is_read_by_device() {
        let table = "27 1 254:0 / / rw,relatime - ext4 /dev/vda rw\n\
                     90 27 0:55 / /mnt/far\\040away rw shared:1 - fuse.sshfs me@there:/ rw,user_id=0\n\
                     broken line\n";
        let device = rustix::fs::makedev(0, 55);
        assert_eq!(mounted_type(table, device), Some("fuse.sshfs"));
        assert_eq!(mounted_type(table, rustix::fs::makedev(254, 0)), Some("ext4"));
        assert_eq!(mounted_type(table, rustix::fs::makedev(8, 1)), None);
    }

    #[test]
    fn s07_a_local_folder_is_accepted() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(refused_kind(folder.path()).unwrap(), None);
    }
}
