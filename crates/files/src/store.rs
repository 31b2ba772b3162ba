//! The store of the bytes of files: a folder or an S3 bucket, according to `files_url`, behind one interface. It deals
//! with names and bytes, and not with rows and rights.

use std::io;
use std::ops::Range;
use std::path::Path as FilePath;
use std::sync::Arc;

use bytes::Bytes;
use futures_util::stream::{self, BoxStream, Stream, StreamExt, TryStreamExt};
use object_store::aws::AmazonS3Builder;
use object_store::local::LocalFileSystem;
use object_store::path::Path;
use object_store::{ClientOptions, ObjectStore, ObjectStoreExt, PutPayload, WriteMultipart};
use reqwest::Url;
use thiserror::Error;
use tokio::fs::File;
use tokio::io::AsyncReadExt;

use crate::sealing::{self, Broken, CHUNK_BYTES, HEADER_BYTES, ObjectKey, Sealer};

/// Larger objects are written in parts of this size; S3 accepts parts of 5 MiB and more.
const PART_BYTES: usize = 8 << 20;
/// The number of parts that are sent to the store at the same time.
const PARTS: usize = 2;
/// The number of chunks read from the store at once.
const READ_CHUNKS: u64 = 16;

#[derive(Debug, Error)]
pub enum StoreError {
    #[error("files_url: {0}")]
    Url(String),
    #[error("the file store does not answer: {0}")]
    Store(#[from] object_store::Error),
    #[error("the file store holds no such object")]
    Missing,
    #[error(transparent)]
    Broken(#[from] Broken),
    #[error("a stored file is encrypted, and files_key is not set")]
    NoKey,
    #[error("a file cannot be read or written: {0}")]
    Io(#[from] io::Error),
}

pub type Result<T> = std::result::Result<T, StoreError>;

/// The store of one instance. Clones share it.
#[derive(Clone)]
pub struct Store {
    objects: Arc<dyn ObjectStore>,
    prefix: Path,
    sealer: Option<Sealer>,
    is_folder: bool,
}

impl Store {
    /// Opens `file:/folder`, which is created if it is missing, or `s3://bucket/prefix`.
    ///
    /// # Errors
    /// [`StoreError::Url`], or when the folder cannot be made.
    pub fn open(url: &str, key: Option<&[u8]>) -> Result<Store> {
        let sealer = key.map(Sealer::new);
        if let Some(folder) = url.strip_prefix("file:") {
            let folder = folder.strip_prefix("//").unwrap_or(folder);
            std::fs::create_dir_all(folder)?;
            // Everything that was acknowledged must be on the disk.
            let objects = LocalFileSystem::new_with_prefix(folder)?.with_fsync(true);
            return Ok(Store { objects: Arc::new(objects), prefix: Path::default(), sealer, is_folder: true });
        }
        let (objects, prefix) = bucket(url)?;
        Ok(Store { objects: Arc::new(objects), prefix, sealer, is_folder: false })
    }

    /// Whether new objects are encrypted.
    pub fn seals(&self) -> bool {
        self.sealer.is_some()
    }

    /// A value that distinguishes the key from others, without revealing it.
    pub fn fingerprint(&self) -> Option<Vec<u8>> {
        self.sealer.as_ref().map(Sealer::fingerprint)
    }

    /// Whether the store is a folder.
    pub fn is_folder(&self) -> bool {
        self.is_folder
    }

    fn at(&self, name: &str) -> Path {
        self.prefix.parts().chain(Path::from(name).parts()).collect()
    }

    fn sealer(&self) -> Result<&Sealer> {
        self.sealer.as_ref().ok_or(StoreError::NoKey)
    }

    /// Writes a file of `bytes` bytes as an object, encrypted if `sealed`. The object is written as a whole, or not at
    /// all.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn put(&self, name: &str, file: &FilePath, bytes: u64, sealed: bool) -> Result<()> {
        let mut source = File::open(file).await?;
        if !sealed && bytes <= PART_BYTES as u64 {
            let mut whole = Vec::with_capacity(bytes as usize);
            source.read_to_end(&mut whole).await?;
            self.objects.put(&self.at(name), PutPayload::from(whole)).await?;
            return Ok(());
        }
        let seal = if sealed { Some(self.sealer()?.begin(name)?) } else { None };
        let upload = self.objects.put_multipart(&self.at(name)).await?;
        let mut target = WriteMultipart::new_with_chunk_size(upload, PART_BYTES);
        match copy(&mut source, &mut target, bytes, seal).await {
            Ok(()) => {
                target.finish().await?;
                Ok(())
            }
            Err(error) => {
                let _ = target.abort().await;
                Err(error)
            }
        }
    }

    /// Writes an object unchanged, such as one from a backup.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn put_as_it_is(&self, name: &str, file: &FilePath) -> Result<()> {
        let bytes = tokio::fs::metadata(file).await?.len();
        self.put(name, file, bytes, false).await
    }

    /// The content of an object of `bytes` bytes, or a part of it. Errors within the stream occur while the rest is
    /// read.
    ///
    /// # Errors
    /// [`StoreError::Missing`], and others when the beginning cannot be read.
    pub async fn read(
        &self,
        name: &str,
        bytes: u64,
        sealed: bool,
        range: Range<u64>,
    ) -> Result<BoxStream<'static, Result<Bytes>>> {
        let key = match sealed {
            true => {
                let header = self.get(name, 0..HEADER_BYTES).await?;
                Some(Arc::new(self.sealer()?.of(name, &header)?))
            }
            false => None,
        };
        let (store, name) = (self.clone(), name.to_owned());
        let pieces = stream::try_unfold(range, move |rest: Range<u64>| {
            let (store, name, key) = (store.clone(), name.clone(), key.clone());
            async move {
                if rest.is_empty() {
                    return Ok::<_, StoreError>(None);
                }
                let first = rest.start / CHUNK_BYTES;
                let end = ((first + READ_CHUNKS) * CHUNK_BYTES).min(rest.end);
                let piece = match key {
                    None => store.get(&name, rest.start..end).await?,
                    Some(key) => store.unsealed(&name, &key, bytes, rest.start..end).await?,
                };
                Ok(Some((piece, end..rest.end)))
            }
        });
        // The first piece is read now, so that a missing object causes an error and not a broken download.
        let mut pieces = Box::pin(pieces);
        let first = pieces.next().await.transpose()?;
        Ok(stream::iter(first.map(Ok)).chain(pieces).boxed())
    }

    async fn get(&self, name: &str, range: Range<u64>) -> Result<Bytes> {
        match self.objects.get_range(&self.at(name), range).await {
            Err(object_store::Error::NotFound { .. }) => Err(StoreError::Missing),
            read => Ok(read?),
        }
    }

    /// A part of a sealed object, which lies within [`READ_CHUNKS`] chunks.
    async fn unsealed(&self, name: &str, key: &ObjectKey, bytes: u64, range: Range<u64>) -> Result<Bytes> {
        let (first, end) = (range.start / CHUNK_BYTES, range.end.div_ceil(CHUNK_BYTES));
        let sealed = self.get(name, sealing::place(first, end, bytes)).await?;
        let mut content = Vec::with_capacity(sealed.len());
        let all = sealing::chunks(bytes);
        for (index, chunk) in (first..end).zip(sealed.chunks(sealing::sealed_chunk())) {
            content.extend_from_slice(key.open(index, index + 1 == all, &mut chunk.to_vec())?);
        }
        let from = (range.start - first * CHUNK_BYTES) as usize;
        let length = (range.end - range.start) as usize;
        let content = Bytes::from(content);
        if content.len() < from + length {
            return Err(Broken.into());
        }
        Ok(content.slice(from..from + length))
    }

    /// Whether an object exists.
    ///
    /// # Errors
    /// When the store does not answer.
    pub async fn has(&self, name: &str) -> Result<bool> {
        match self.objects.head(&self.at(name)).await {
            Ok(_) => Ok(true),
            Err(object_store::Error::NotFound { .. }) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }

    /// Whether an object has the size of a content of `bytes` bytes.
    ///
    /// # Errors
    /// [`StoreError::Missing`], and when the store does not answer.
    pub async fn has_size(&self, name: &str, bytes: u64, sealed: bool) -> Result<bool> {
        let expected = if sealed { sealing::place(0, sealing::chunks(bytes), bytes).end } else { bytes };
        match self.objects.head(&self.at(name)).await {
            Ok(found) => Ok(found.size == expected),
            Err(object_store::Error::NotFound { .. }) => Err(StoreError::Missing),
            Err(error) => Err(error.into()),
        }
    }

    /// Deletes an object; one that is missing counts as deleted.
    ///
    /// # Errors
    /// When the store does not answer.
    pub async fn delete(&self, name: &str) -> Result<()> {
        match self.objects.delete(&self.at(name)).await {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    /// The names and ages of all objects below a prefix.
    pub fn list(&self, below: &str) -> impl Stream<Item = Result<(String, chrono::DateTime<chrono::Utc>)>> + use<> {
        let (at, prefix) = (self.at(below), self.prefix.clone());
        let objects = self.objects.clone();
        let found: BoxStream<'static, _> = objects.list(Some(&at)).boxed();
        found
            .map_ok(move |meta| {
                let parts = meta.location.prefix_match(&prefix);
                let name = parts.map(|parts| parts.collect::<Path>().to_string()).unwrap_or_default();
                (name, meta.last_modified)
            })
            .map_err(StoreError::from)
    }

    /// The bytes of an object as they are in the store.
    ///
    /// # Errors
    /// [`StoreError::Missing`], and when the store does not answer.
    pub async fn as_it_is(&self, name: &str) -> Result<BoxStream<'static, Result<Bytes>>> {
        match self.objects.get(&self.at(name)).await {
            Ok(found) => Ok(found.into_stream().map_err(StoreError::from).boxed()),
            Err(object_store::Error::NotFound { .. }) => Err(StoreError::Missing),
            Err(error) => Err(error.into()),
        }
    }
}

async fn copy(
    source: &mut File,
    target: &mut WriteMultipart,
    bytes: u64,
    seal: Option<(Vec<u8>, ObjectKey)>,
) -> Result<()> {
    let key = match seal {
        Some((header, key)) => {
            target.write(&header);
            Some(key)
        }
        None => None,
    };
    let all = sealing::chunks(bytes);
    for index in 0..all {
        let mut chunk = Vec::with_capacity(sealing::sealed_chunk());
        (&mut *source).take(CHUNK_BYTES).read_to_end(&mut chunk).await?;
        if let Some(key) = &key {
            key.seal(index, index + 1 == all, &mut chunk)?;
        }
        target.wait_for_capacity(PARTS).await?;
        target.write(&chunk);
    }
    Ok(())
}

/// Opens a bucket: `s3://KEY:SECRET@bucket/prefix?region=…&endpoint=…`. Settings that the URL leaves out come from the
/// usual variables (`AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`, `AWS_REGION`, …), or from the machine's role.
fn bucket(url: &str) -> Result<(object_store::aws::AmazonS3, Path)> {
    let refuse = |reason: &str| StoreError::Url(reason.to_owned());
    // A request to the store may be the first thing in a command that needs TLS.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let parsed = Url::parse(url).map_err(|_| refuse("it is no URL"))?;
    let name =
        parsed.host_str().filter(|_| parsed.scheme() == "s3").ok_or_else(|| refuse("it begins with file: or s3://"))?;
    let decoded = |text: &str| percent_encoding::percent_decode_str(text).decode_utf8_lossy().into_owned();
    let mut builder = AmazonS3Builder::from_env().with_bucket_name(name).with_client_options(ClientOptions::new());
    if !parsed.username().is_empty() {
        builder = builder.with_access_key_id(decoded(parsed.username()));
    }
    if let Some(secret) = parsed.password() {
        builder = builder.with_secret_access_key(decoded(secret));
    }
    for (key, value) in parsed.query_pairs() {
        builder = match key.as_ref() {
            "region" => builder.with_region(value),
            // A self-hosted server usually has the bucket in the path, and may be in a private network.
            "endpoint" => {
                let plain = value.starts_with("http://");
                builder.with_endpoint(value).with_allow_http(plain).with_virtual_hosted_style_request(false)
            }
            other => return Err(StoreError::Url(format!("{other} is no setting: use region and endpoint"))),
        };
    }
    Ok((builder.build()?, Path::from(parsed.path().trim_matches('/'))))
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn content(store: &Store, name: &str, bytes: u64, sealed: bool, range: Range<u64>) -> Vec<u8> {
        let pieces = store.read(name, bytes, sealed, range).await.expect("readable");
        pieces
            .try_fold(Vec::new(), |mut all, piece| async move {
                all.extend_from_slice(&piece);
                Ok(all)
            })
            .await
            .expect("whole")
    }

    /// Tests the behaviour that every kind of store has, sealed or not.
    async fn contract(store: &Store, folder: &FilePath) {
        let file = folder.join("content");
        for bytes in [1, CHUNK_BYTES - 1, CHUNK_BYTES, CHUNK_BYTES + 1, 3_000_000, (PART_BYTES + 70_000) as u64] {
            let whole: Vec<u8> = (0..bytes).map(|at| (at % 251) as u8).collect();
            std::fs::write(&file, &whole).expect("written");
            for sealed in [false, true].into_iter().filter(|sealed| !sealed || store.seals()) {
                let name = format!("w/ab/{bytes}-{sealed}");
                store.put(&name, &file, bytes, sealed).await.expect("stored");
                assert!(store.has(&name).await.expect("it answers"));
                assert!(store.has_size(&name, bytes, sealed).await.expect("it answers"));
                assert!(!store.has_size(&name, bytes - 1, sealed).await.expect("it answers"));
                assert!(content(store, &name, bytes, sealed, 0..bytes).await == whole, "{name}");
                for (from, to) in [(0, 1), (bytes / 2, bytes), (bytes - 1, bytes), (bytes / 3, bytes / 3 + bytes / 2)] {
                    let part = &whole[from as usize..to as usize];
                    assert!(content(store, &name, bytes, sealed, from..to).await == part, "{name} {from}..{to}");
                }
                let names: Vec<_> = store.list("w").try_collect().await.expect("listed");
                assert!(names.iter().any(|(found, _)| *found == name), "{names:?}");
                store.delete(&name).await.expect("deleted");
                store.delete(&name).await.expect("and again");
                assert!(!store.has(&name).await.expect("it answers"));
                assert!(matches!(store.read(&name, bytes, sealed, 0..1).await.err(), Some(StoreError::Missing)));
            }
        }
    }

    /// [FILE-2] A folder returns what was stored, whole and in ranges, plain and encrypted.
    #[tokio::test]
    async fn a_folder_is_a_store() {
        let folder = tempfile::tempdir().expect("a folder");
        let url = format!("file:{}", folder.path().join("store").display());
        contract(&Store::open(&url, Some(&[7; 32])).expect("a store"), folder.path()).await;
        let secret = b"a word that nobody guesses".repeat(10);
        std::fs::write(folder.path().join("content"), &secret).expect("written");
        let store = Store::open(&url, Some(&[7; 32])).expect("a store");
        store.put("w/ab/x", &folder.path().join("content"), secret.len() as u64, true).await.expect("stored");
        let kept = std::fs::read(folder.path().join("store/w/ab/x")).expect("a file");
        assert!(!kept.windows(10).any(|part| part == &secret[..10]));
        let keyless = Store::open(&url, None).expect("a store");
        assert!(matches!(keyless.read("w/ab/x", 260, true, 0..1).await.err(), Some(StoreError::NoKey)));
    }

    /// [FILE-2] The same for S3, if a server is configured:
    /// `TEST_S3_URL=s3://key:secret@bucket?endpoint=http://…&region=…`.
    #[tokio::test]
    async fn a_bucket_is_a_store() {
        let Ok(url) = std::env::var("TEST_S3_URL") else { return eprintln!("left out: TEST_S3_URL names no bucket") };
        let folder = tempfile::tempdir().expect("a folder");
        contract(&Store::open(&url, Some(&[7; 32])).expect("a store"), folder.path()).await;
    }

    #[test]
    fn urls_are_checked() {
        for bad in ["s3:", "https://bucket", "s3://bucket?region=x&colour=red", "gs://bucket"] {
            assert!(matches!(Store::open(bad, None).err(), Some(StoreError::Url(_))), "{bad}");
        }
        assert!(!Store::open("s3://k:s@bucket/files?region=eu-central-1", None).expect("a store").is_folder());
    }
}
