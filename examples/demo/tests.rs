//! The demo over a socket, as browsers and attackers talk to it.

use pictures::{photo_jpeg, text};
use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::*;

/// A running demo.
struct Demo {
    host: String,
}

/// An answer: its status, its headers in lower case, its body.
struct Reply {
    status: u16,
    headers: String,
    body: Vec<u8>,
}

impl Reply {
    fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }
}

impl Demo {
    async fn start() -> Self {
        // Nothing here runs against a clock.
        let setting = |name: &str| match name {
            "THUMBNAIL_RULES" => Some(RULES.to_owned()),
            "MAX_RENDER_SECONDS" => Some("900".to_owned()),
            _ => None,
        };
        let pipeline = Pipeline::start(Config::from_lookup(setting).unwrap()).await.unwrap();
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let (url, serving) = server::serve(listener, pipeline).unwrap();
        tokio::spawn(serving);
        let host = url.strip_prefix("http://").unwrap().trim_end_matches('/').to_owned();
        Self { host }
    }

    async fn send(&self, request: &str, host: &str, more: &str, body: &[u8]) -> Reply {
        let head = format!(
            "{request} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\nContent-Length: {}\r\n\
             {more}\r\n",
            body.len()
        );
        let mut socket = TcpStream::connect(&self.host).await.unwrap();
        socket.write_all(head.as_bytes()).await.unwrap();
        // What is refused need not be read to its end.
        let _ = socket.write_all(body).await;
        let mut answer = Vec::new();
        let _ = socket.read_to_end(&mut answer).await;
        let end = answer.windows(4).position(|four| four == b"\r\n\r\n").unwrap();
        let headers = String::from_utf8(answer[..end].to_vec()).unwrap().to_lowercase();
        let status = headers.split(' ').nth(1).unwrap().parse().unwrap();
        Reply { status, headers, body: answer[end + 4..].to_vec() }
    }

    async fn get(&self, path: &str) -> Reply {
        self.send(&format!("GET {path}"), &self.host, "", b"").await
    }

    /// As the demo's own page would.
    async fn post(&self, name: &str, body: &[u8]) -> Reply {
        let own = format!("Origin: http://{}\r\nContent-Type: image/jpeg\r\n", self.host);
        self.send(&format!("POST /pictures/{name}"), &self.host, &own, body).await
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_picture_comes_back_as_its_thumbnail_with_placeholders() {
    let demo = Demo::start().await;
    let answer = demo.post("..%2F..%2Fa%3Cb%3E.jpg", &photo_jpeg(960, 640, 1)).await.json();
    assert_eq!(answer["outcome"], "thumbnail", "{answer}");
    assert_eq!(answer["source"]["width"], 960);
    let [thumbnail] = answer["thumbnails"].as_array().unwrap().as_slice() else { panic!() };
    assert_eq!((&thumbnail["width"], &thumbnail["height"]), (&480.into(), &320.into()));
    // Nothing of the name but its extension is in the key.
    assert_eq!(
        (&answer["key"], &thumbnail["key"]),
        (&"images/1.jpg".into(), &"thumbnails/1.jpg".into())
    );
    assert_eq!(answer["placeholders"]["is_opaque"], true);

    let picture = demo.get("/thumbnails/1.jpg").await;
    assert!(picture.headers.contains("content-type: image/jpeg"), "{}", picture.headers);
    assert_eq!(Some(picture.body.len() as u64), thumbnail["bytes"].as_u64());
    let picture = image::load_from_memory(&picture.body).unwrap();
    assert_eq!((picture.width(), picture.height()), (480, 320));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_has_a_plain_and_an_exact_reason() {
    let demo = Demo::start().await;
    let answer = demo.post("notes.jpg", &text()).await.json();
    assert_eq!(answer["outcome"], "rejected");
    assert_eq!(answer["plain"], "It is named like a picture, but there is none in it.");
    assert_eq!(answer["reason"], "the first bytes are not those of a supported picture format");
    assert_eq!(answer["thumbnails"], Value::Array(Vec::new()));
}

#[tokio::test(flavor = "multi_thread")]
async fn another_host_and_another_origin_get_nothing() {
    let demo = Demo::start().await;
    let port = demo.host.rsplit(':').next().unwrap();
    for host in ["evil.example", "127.0.0.1", "", "127.0.0.1:1", &format!("evil.example:{port}")] {
        assert_eq!(demo.send("GET /", host, "", b"").await.status, 403, "{host}");
    }
    assert_eq!(demo.send("GET /", &format!("localhost:{port}"), "", b"").await.status, 200);
    let origins = [
        String::new(),
        "Origin: null\r\n".to_owned(),
        "Origin: http://evil.example\r\n".to_owned(),
        format!("Origin: https://{}\r\n", demo.host),
        format!("Origin: http://localhost:{port}\r\n"),
    ];
    for origin in origins {
        let refused = demo.send("POST /pictures/a.txt", &demo.host, &origin, b"a").await;
        assert_eq!(refused.status, 403, "{origin}");
    }
    assert_eq!(demo.post("a.txt", b"a").await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_answer_forbids_content_from_other_sites() {
    let demo = Demo::start().await;
    for path in ["/", "/style.css", "/demo.js", "/about", "/samples/13", "/nothing"] {
        let headers = demo.get(path).await.headers;
        assert!(headers.contains("content-security-policy: default-src 'none'; "), "{path}");
        assert!(headers.contains("x-content-type-options: nosniff"), "{path}");
        assert!(headers.contains("cross-origin-resource-policy: same-origin"), "{path}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn only_thumbnails_can_be_fetched_and_large_uploads_are_refused() {
    let demo = Demo::start().await;
    assert_eq!(demo.post("a.txt", b"a").await.status, 200);
    for path in
        ["/thumbnails/9.jpg", "/thumbnails/..%2Fimages%2F1.txt", "/images/1.txt", "/samples/14"]
    {
        assert_eq!(demo.get(path).await.status, 404, "{path}");
    }
    assert_eq!(demo.post("a.jpg", &vec![0; 50_000_001]).await.status, 413);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_sample_that_is_offered_is_drawn() {
    let demo = Demo::start().await;
    let about = demo.get("/about").await.json();
    assert_eq!(about["max_bytes"], 50_000_000);
    let names = about["samples"].as_array().unwrap();
    for (place, name) in names.iter().enumerate() {
        let sample = demo.get(&format!("/samples/{place}")).await;
        assert!(sample.status == 200 && !sample.body.is_empty(), "{name}");
    }
    assert!(names.len() >= 10);
}
