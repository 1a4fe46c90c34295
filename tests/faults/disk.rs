//! A disk whose power can be cut: ext4 in a file, mounted through a loop device. The file system is
//! told to stop at once, without writing out its journal; what was not synced by then is gone.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use crate::world::{as_root, must, text};

/// Tells ext4 to stop as it is (`EXT4_IOC_SHUTDOWN`, `EXT4_GOING_FLAGS_NOLOGFLUSH`), and says
/// when, in nanoseconds since 1970.
const CUT: &str = "import fcntl, os, struct, sys, time\n\
    disk, how = os.open(sys.argv[1], os.O_RDONLY), struct.pack('I', 2)\n\
    now = time.time_ns()\n\
    fcntl.ioctl(disk, 0x8004587d, how)\n\
    print(now)";

pub(crate) struct Disk {
    image: PathBuf,
    point: PathBuf,
}

impl Disk {
    pub(crate) fn make(folder: &Path) -> Self {
        let (image, point) = (folder.join("disk.img"), folder.join("disk"));
        std::fs::create_dir_all(&point).unwrap();
        std::fs::File::create(&image)
            .unwrap()
            .set_len(96 << 20)
            .unwrap();
        must(
            Command::new("/sbin/mkfs.ext4")
                .args(["-q", "-F", "-m", "0"])
                .arg(&image),
        );
        let this = Self { image, point };
        this.mount();
        let user = std::fs::metadata(folder).unwrap();
        use std::os::unix::fs::MetadataExt;
        let owner = format!("{}:{}", user.uid(), user.gid());
        must(as_root("chown").args([&owner, text(&this.point)]));
        this
    }

    pub(crate) fn point(&self) -> &Path {
        &self.point
    }

    fn mount(&self) {
        must(as_root("mount").args(["-o", "loop", text(&self.image), text(&self.point)]));
    }

    /// The power goes; gives when. Only what was acknowledged before counts: the kernel may say
    /// of a sync that was under way that it succeeded.
    pub(crate) fn cut(&self) -> u128 {
        let mut command = as_root("/usr/bin/python3");
        let command = command.args(["-c", CUT, text(&self.point)]);
        let said = command.output().unwrap();
        let at = String::from_utf8_lossy(&said.stdout).trim().parse();
        at.unwrap_or_else(|_| panic!("{}", String::from_utf8_lossy(&said.stderr)))
    }

    /// It comes back. Nobody may have a file open.
    pub(crate) fn restore(&self) {
        must(as_root("umount").arg(&self.point));
        self.released();
        self.mount();
    }

    /// Whoever was given a copy of all mounts meanwhile, as a test in a namespace of its own is, keeps the disk that
    /// went: mounted again now it would be the same one, which answers nothing any more.
    fn released(&self) {
        for _ in 0..600 {
            let mut looked = as_root("/sbin/losetup");
            let looked = looked.arg("-j").arg(&self.image).output().unwrap();
            if looked.stdout.is_empty() {
                return;
            }
            std::thread::sleep(Duration::from_millis(100));
        }
        panic!("{} is still held after a minute", self.image.display());
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _ = as_root("umount").args(["-l", text(&self.point)]).output();
    }
}
