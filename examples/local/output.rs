//! The folder that the results go into. It may hold other files as well: only files that the report
//! of an earlier run lists are removed, and no other file is overwritten.

use std::collections::HashMap;
use std::io::{self, ErrorKind, Write as _};
use std::path::{Component, Path, PathBuf};

use aws_sdk_s3::Client;
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use s3_thumbnailer::store::s3::listing::list;
use serde::Deserialize;

use crate::placeholders::Metadata;
use crate::report::{MADE_BY, Report};
use crate::rules::Rules;
use crate::{BUCKET, Failure, THUMBNAIL_PREFIX, page};

const REPORT: &str = "report.json";
const PAGE: &str = "index.html";

/// How many thumbnails are fetched at once.
const AT_ONCE: usize = 8;

/// What is read from an earlier run's report to remove its files.
#[derive(Deserialize)]
struct Earlier {
    made_by: String,
    uploads: Vec<EarlierUpload>,
}

#[derive(Deserialize)]
struct EarlierUpload {
    thumbnails: Vec<EarlierThumbnail>,
    manifest: Option<String>,
}

#[derive(Deserialize)]
struct EarlierThumbnail {
    key: String,
}

/// The folder, cleared of an earlier run's results.
pub(crate) struct Output {
    folder: PathBuf,
}

impl Output {
    pub(crate) fn open(folder: &Path) -> Result<Self, Failure> {
        let name = folder.display();
        std::fs::create_dir_all(folder).map_err(|error| format!("{name}: {error}"))?;
        let output = Self { folder: folder.to_owned() };
        match std::fs::read(folder.join(REPORT)) {
            Ok(report) => output.clear(&report)?,
            Err(error) if error.kind() == ErrorKind::NotFound => {
                if folder.join(PAGE).exists() {
                    return Err(output.foreign(PAGE));
                }
            }
            Err(error) => return Err(format!("{name}/{REPORT}: {error}").into()),
        }
        Ok(output)
    }

    fn foreign(&self, file: &str) -> Failure {
        let folder = self.folder.display();
        format!("{folder}/{file} exists, and no earlier run made it; choose another --out").into()
    }

    /// Removes the files under `thumbnails/` that an earlier report lists, and folders that are
    /// then empty.
    fn clear(&self, report: &[u8]) -> Result<(), Failure> {
        let report = serde_json::from_slice::<Earlier>(report).ok();
        let report = report.filter(|report| report.made_by == MADE_BY);
        let report = report.ok_or_else(|| self.foreign(REPORT))?;
        let keys = report.uploads.iter().flat_map(|upload| {
            let thumbnails = upload.thumbnails.iter().map(|thumbnail| &thumbnail.key);
            thumbnails.chain(&upload.manifest)
        });
        for key in keys {
            let Some(path) = self.path(key) else { continue };
            match std::fs::remove_file(&path) {
                // A file may now be where our folder was; ours is gone then, too.
                Err(error)
                    if !matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) =>
                {
                    return Err(format!("{}: {error}", path.display()).into());
                }
                _ => {}
            }
            // This removes empty folders only, on purpose.
            let above = path.ancestors().skip(1).take_while(|above| *above != self.folder);
            for folder in above {
                if std::fs::remove_dir(folder).is_err() {
                    break;
                }
            }
        }
        Ok(())
    }

    /// Where a thumbnail's file goes; `None` for a key that would leave the folder.
    fn path(&self, key: &str) -> Option<PathBuf> {
        let relative = Path::new(key);
        let plain = relative.components().all(|part| matches!(part, Component::Normal(_)));
        (plain && key.starts_with(THUMBNAIL_PREFIX)).then(|| self.folder.join(relative))
    }

    /// Writes everything: the report first, so that the next run knows what this one made even if
    /// it is interrupted here.
    pub(crate) async fn write(
        &self,
        client: &Client,
        report: &Report,
        rules: &Rules,
    ) -> Result<(), Failure> {
        let mut json = serde_json::to_vec_pretty(report)?;
        json.push(b'\n');
        std::fs::write(self.folder.join(REPORT), json)?;
        let thumbnails = list(client, BUCKET, THUMBNAIL_PREFIX).await?;
        let fetches = thumbnails.iter().map(|thumbnail| self.fetch(client, &thumbnail.key));
        let metadata: HashMap<_, _> =
            stream::iter(fetches).buffer_unordered(AT_ONCE).try_collect().await?;
        std::fs::write(self.folder.join(PAGE), page::of(report, rules, &metadata))?;
        Ok(())
    }

    /// Writes the object at `key` to its file, and returns its metadata.
    async fn fetch(&self, client: &Client, key: &str) -> Result<(String, Metadata), Failure> {
        let Some(path) = self.path(key) else {
            return Err(format!("{key:?} cannot be a file's name").into());
        };
        let thumbnail = client.get_object().bucket(BUCKET).key(key).send().await?;
        let bytes = thumbnail.body.collect().await?.into_bytes();
        create(&path, &bytes).map_err(|error| match error.kind() {
            ErrorKind::AlreadyExists => self.foreign(key),
            _ => format!("{}: {error}", path.display()).into(),
        })?;
        Ok((key.to_owned(), thumbnail.metadata.unwrap_or_default()))
    }
}

/// Writes a file that must not exist yet.
fn create(path: &Path, bytes: &[u8]) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    std::fs::File::create_new(path)?.write_all(bytes)
}
