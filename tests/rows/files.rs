//! The contract of the statements about files, on both engines.

use files::attachments::rows::{self as attachments, Attached, NewVersion};
use files::media;
use files::reading::rows as reading;
use files::stored::rows::{self as stored, NewFile};
use files::uploads::rows::{self as uploads, Begun, NewUpload, Part};
use vocabulary::{AttachmentId, DocumentId, WorkspaceId};

use crate::test_database::{TestDatabase, test_databases};

impl TestDatabase {
    fn version(&self, document: DocumentId, attachment: AttachmentId, sha256: &str, bytes: i64) -> NewVersion {
        let file = NewFile { sha256: sha256.into(), bytes, media_type: media::PNG, sealed: false };
        let created_by = self.owner.account_id.0;
        NewVersion { attachment, document, name: format!("{sha256}.png"), in_text: true, file, created_by }
    }

    async fn attach(
        &self,
        document: DocumentId,
        attachment: AttachmentId,
        sha256: &str,
        bytes: i64,
        quota: i64,
    ) -> Attached {
        let new = self.version(document, attachment, sha256, bytes);
        attachments::add(&self.db, &self.by(), new, quota).await.expect("written")
    }
}

/// [FILE-6] [FILE-9] Versions are counted, content is stored once, and the quota of a workspace is enforced.
#[tokio::test]
async fn versions_and_room() {
    for test in test_databases().await {
        let document = test.add("Plan").await.document_id;
        let (one, two) = (AttachmentId::new(), AttachmentId::new());
        assert!(matches!(test.attach(document, one, "aa", 60, 100).await, Attached::Done(..)));
        assert!(matches!(test.attach(document, two, "aa", 60, 100).await, Attached::Done(..)), "the same content");
        assert!(matches!(test.attach(document, one, "bb", 41, 100).await, Attached::Full));
        assert!(matches!(test.attach(document, one, "bb", 40, 100).await, Attached::Done(..)));
        let listed = attachments::list(&test.db, document).await.expect("readable");
        let found: Vec<_> = listed.iter().map(|one| (one.attachment_id, one.number, one.sha256.as_str())).collect();
        assert_eq!(found, [(one, 2, "bb"), (two, 1, "aa")]);
        let versions = attachments::versions(&test.db, document, one).await.expect("readable");
        assert_eq!(versions.iter().map(|one| one.number).collect::<Vec<_>>(), [2, 1]);
        assert_eq!(attachments::find(&test.db, one, Some(1)).await.expect("readable").expect("there").sha256, "aa");
        assert_eq!(attachments::find(&test.db, one, None).await.expect("readable").expect("there").sha256, "bb");
        assert!(attachments::find(&test.db, one, Some(3)).await.expect("readable").is_none());
    }
}

/// [FILE-11] A stored file is collected, with its images and its text, only when nothing refers to it.
#[tokio::test]
async fn what_nothing_refers_to_is_collected() {
    for test in test_databases().await {
        let document = test.add("Plan").await.document_id;
        let (one, two) = (AttachmentId::new(), AttachmentId::new());
        for attachment in [one, two] {
            test.attach(document, attachment, "aa", 5, 0).await;
        }
        let claimed = reading::claim(&test.db).await.expect("readable").expect("a picture waits");
        assert_eq!((claimed.sha256.as_str(), claimed.state.as_str(), claimed.attempts), ("aa", "working", 1));
        assert!(reading::claim(&test.db).await.expect("readable").is_none(), "it is taken");
        let made = reading::NewRendition { kind: "display", bytes: 3, media_type: media::PNG, width: 4, height: 2 };
        reading::finish(&test.db, &claimed, (Some(4), Some(2)), vec![made], "Words".into()).await.expect("written");
        let shown = attachments::find(&test.db, one, None).await.expect("readable").expect("there");
        assert_eq!(
            (shown.state.as_str(), shown.width, shown.has_display, shown.has_thumbnail),
            ("done", Some(4), true, false)
        );
        let texts = search::attached::load(&test.db, &[document], 4).await.expect("readable");
        assert_eq!(texts.iter().map(|text| text.body.as_str()).collect::<Vec<_>>(), ["Word", "Word"]);
        let groups = search::attached::groups(&test.db, &[document, document], 7).await.expect("readable");
        assert_eq!(groups.len(), 2, "ten letters of each");

        assert!(attachments::remove(&test.db, &test.by(), document, one).await.expect("written"));
        assert!(!attachments::remove(&test.db, &test.by(), document, one).await.expect("written"), "only once");
        assert!(stored::unreferenced(&test.db, 10).await.expect("readable").is_empty(), "the other needs it");
        attachments::remove(&test.db, &test.by(), document, two).await.expect("written");
        let free = stored::unreferenced(&test.db, 10).await.expect("readable");
        assert_eq!(free, [(test.workspace, "aa".to_owned())]);
        let mut tx = test.db.begin().await.expect("begun");
        let (file, renditions) =
            stored::take_unreferenced(&mut tx, test.workspace, "aa").await.expect("written").expect("free");
        assert_eq!((file.bytes, renditions), (5, vec![("display".to_owned(), false)]));
        tx.commit().await.expect("committed");
        assert!(stored::find(&test.db, test.workspace, "aa").await.expect("readable").is_none());
        assert!(stored::rendition(&test.db, test.workspace, "aa", "display").await.expect("readable").is_none());
        let object = format!("{}/aa/aa", test.workspace);
        assert!(!stored::is_named(&test.db, &object).await.expect("readable"));
        assert!(stored::is_named(&test.db, "not/ours").await.expect("readable"), "what is not ours is left alone");
    }
}

/// [FILE-7] A part is added once, at the end of what is there, and never beyond the announced size.
#[tokio::test]
async fn parts_follow_each_other() {
    for test in test_databases().await {
        let document = test.add("Plan").await.document_id;
        let new = NewUpload {
            document,
            attachment_id: AttachmentId::new(),
            in_text: false,
            name: "a".into(),
            bytes: 10,
            sealed: false,
            created_by: test.owner.account_id.0,
        };
        assert!(matches!(
            uploads::begin(&test.db, test.workspace, new.clone(), 9).await.expect("written"),
            Begun::Full
        ));
        let Begun::Upload(upload) = uploads::begin(&test.db, test.workspace, new, 10).await.expect("written") else {
            panic!("there is room")
        };
        let id = upload.upload_id;
        let part = |starts_at, bytes| Part { starts_at, bytes, object: format!("{starts_at}") };
        let add = async |part: Part, most| uploads::add_part(&test.db, id, part, most).await.expect("written");
        assert_eq!(add(part(0, 4), 5).await, Some(4));
        assert_eq!(add(part(0, 4), 5).await, None, "it is there");
        assert_eq!(add(part(4, 7), 5).await, None, "too many bytes");
        assert_eq!(add(part(4, 2), 1).await, None, "too many parts");
        assert_eq!(add(part(4, 6), 5).await, Some(10));
        assert_eq!(uploads::parts(&test.db, id).await.expect("readable").len(), 2);
        uploads::complete(&test.db, id, 1).await.expect("written");
        assert_eq!(uploads::attached(&test.db, id).await.expect("readable"), Some(1));
        assert!(uploads::parts(&test.db, id).await.expect("readable").is_empty());
        let later = chrono::Utc::now() + chrono::TimeDelta::minutes(1);
        assert_eq!(uploads::abandoned(&test.db, later, 10).await.expect("readable").len(), 1);
        uploads::remove(&test.db, id).await.expect("written");
        let all = stored::after(&test.db, &(WorkspaceId::NONE, String::new()), 10).await.expect("readable");
        assert!(all.is_empty());
    }
}
