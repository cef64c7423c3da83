//! Every detector by tables: what it must find, whole, and what it must leave alone. All data is made up.

use super::*;

fn found(detector: Detector, text: &str) -> Vec<String> {
    find_all(detector, text)
        .into_iter()
        .map(|range| text[range].to_owned())
        .collect()
}

/// Each text holds what stands between `[` and `]`, and nothing else of that kind.
fn assert_finds(detector: Detector, marked: &[&str]) {
    for marked in marked {
        let text = marked.replace(['⟦', '⟧'], "");
        let expected: Vec<String> = marked
            .split('⟦')
            .skip(1)
            .map(|part| part.split('⟧').next().unwrap().to_owned())
            .collect();
        assert_eq!(found(detector, &text), expected, "{marked}");
    }
}

#[test]
fn email() {
    assert_finds(
        Detector::Email,
        &[
            "⟦maria@example.com⟧",
            "<⟦maria.lopez+news@mail.example.co.uk⟧>, ⟦o'neil_99@example.org⟧.",
            "mailto:⟦maria@example.com⟧?subject=x",
            "user=⟦maria@example.com⟧&x",
            "\"⟦maria@example.com⟧\"",
            "'⟦maria@example.com⟧'",
            "⟦maria@example.com⟧.",
            "⟦maria@example.com⟧, then",
            "⟦maria@example.com⟧-2024",
            "⟦élodie@exämple.fr⟧ ⟦иван@пример.рф⟧ ⟦x@xn--e1afmkfd.xn--p1ai⟧",
            "邮箱⟦zhang@example.cn⟧。",
            "⟦12345@163.com⟧",
            "⟦MARIA@EXAMPLE.COM⟧",
            "https://maria:⟦secret@example.com⟧/",
            "maria@localhost, @maria, maria@, @example.com, a@b.c, a @ b.com, x@y@",
            "logo@2x.png image@3x.jpg getty@tty1.service left-pad@1.3.0 pkg@1.2.3.dev @types/node@18.0.0",
            "image@sha256:9f86d081884c7d659a2feaa0c55ad015 3@4.5",
        ],
    );
}

#[test]
fn phone() {
    assert_finds(
        Detector::Phone,
        &[
            // International.
            "⟦+4930901820⟧ ⟦+49 30 901820⟧",
            "⟦+49 (0)30 901820⟧, ⟦+49(0)171 1234567⟧, ⟦+49(0)1234567890⟧",
            "⟦+14155550134⟧ ⟦+1-415-555-0134⟧ ⟦+1 (415) 555-0134⟧ ⟦+1.415.555.0134⟧",
            "⟦001-415-555-0134x89⟧ ⟦0049 30 901820⟧, ⟦00 33 1 23 45 67 89⟧",
            "⟦+44 20 7946 0958⟧ ⟦+44(0)1632 960123⟧ ⟦+44(0)7700900123⟧ ⟦+447700900123⟧",
            "⟦+33 1 23 45 67 89⟧ ⟦+33 (0)1 23 45 67 89⟧ ⟦+33123456789⟧",
            "⟦+39 06 1234 5678⟧ ⟦+39 333 1234567⟧ ⟦+39 3331234567⟧ ⟦+39 011 12 34 567⟧",
            "⟦+55 11 91234-5678⟧ ⟦+55 (011) 2345 6789⟧ ⟦+5511912345678⟧",
            "⟦+91 98765 43210⟧ ⟦+91-9876543210⟧ ⟦+919876543210⟧",
            "⟦+86 138 0013 8000⟧ ⟦+353 1 234 5678⟧ ⟦+971 50 123 4567⟧",
            "tel:⟦+4930901820⟧;x=\"⟦+4930901820⟧\"",
            // National.
            "⟦(415) 555-0134⟧ or ⟦415-555-0134⟧ or ⟦415.555.0134⟧, ⟦(415)555-0134⟧",
            "⟦1-415-555-0134⟧; ⟦415-555-0134x123⟧; ⟦415-555-0134 ext. 12⟧",
            "call ⟦415 555 0134⟧ now",
            "⟦020 7946 0958⟧, ⟦0161 496 0123⟧, ⟦01632 960123⟧, ⟦(01632) 960123⟧, ⟦07700 900123⟧, ⟦0800 123 4567⟧",
            "⟦030 901820⟧, ⟦030/901820⟧, ⟦0171/1234567⟧, ⟦0171-1234567⟧, ⟦(04131) 123456⟧, ⟦089 1234 5678⟧",
            "⟦01 23 45 67 89⟧, ⟦01.23.45.67.89⟧, ⟦01-23-45-67-89⟧",
            "⟦06 1234 5678⟧, ⟦333 1234567⟧, ⟦02 12345678⟧",
            "⟦(11) 91234-5678⟧, ⟦(11) 2345-6789⟧, ⟦11 91234-5678⟧, ⟦(011) 2345 6789⟧",
            "⟦98765 43210⟧, ⟦080-23456789⟧, ⟦(080) 2345 6789⟧, ⟦022 2345 6789⟧",
            "⟦415‑555‑0134⟧ and ⟦01\u{a0}23\u{a0}45\u{a0}67\u{a0}89⟧",
            // Beside a word that says so.
            "Tel: ⟦5551234567⟧, phone number is ⟦612 345 678⟧, Mobile no. ⟦9876543210⟧, fax ⟦555-1234⟧",
            "stop sending messages to ⟦6690911114⟧. Not answering at ⟦073304763⟧?\n⟦070358359⟧ fax\n⟦0703583590⟧ (home)",
            "⟦415-555-0134⟧-Office, ⟦+49 3456 789012⟧-Fax",
            "{\"text\": \"line\\n⟦415-555-0134⟧\\t⟦(415) 555-0134⟧\\n⟦+4930901820⟧\"}",
            // None of them.
            "messages: 6690911114, 4155550134 office supplies, NL86 MAAR 0206 7586 82, v415-555-0134-rc1",
            "order 4155550134, 20240115123456, 1700000000, 1700000000123",
            "550e8400-e29b-41d4-a716-446655440000 12345678-1234-1234-1234-123456789012",
            "2024-01-15T10:30:00+02:00 2024-01-15 10:30:45.123 01.02.2024 10:30, 01/02/2024",
            "1 250 300 4000 12, 1,250,300.00, 12.345.678,90, $4155550134, 0.4155550134",
            "lat +37.77493, -122.41942 +40.20361-075.00417/ 52.520008,13.404954",
            "v1.2.3.4 10.0.0.1 192.168.100.200 010.001.002.003",
            "978-3-16-148410-0, ISBN 0-306-40615-2, EAN 4006381333931",
            "ORD-2024-000123, INV-415-555-0134, #415-555-0134, 112-3456789-1234567",
            "4111 1111 1111 1111, DE89 3704 0044 0532 0130 00, 123-45-6789",
            "01-23-45-67-89-ab, 00:1b:44:11:3a:b7, 1e10, +12.5%, +100",
            "Seiten 12 34 56 78 90, scores 10 20 30 40 50",
            "0123 4567 8901 2345, 2021 2022 2023, 21 2023 2024",
        ],
    );
}

#[test]
fn phone_loose() {
    assert_finds(
        Detector::PhoneLoose,
        &[
            "⟦4155550134⟧, ⟦09290810033⟧, ⟦073304763⟧, ⟦00724 90179⟧, ⟦12 9016-3298⟧, ⟦555-0134⟧, ⟦6 12 34 56 78⟧",
            "⟦+49 30 901820⟧ or ⟦(415) 555-0134 x12⟧",
            "1700000000, 20240115, 2024-01-15, 123-45-6789, 75391-631, 12.5, 1700000000123, 12345678, 10.0.0.123",
            "4111 1111 1111 1111, DE89 3704 0044 0532 0130 00, 4111111111111111, a4155550134, 4155550134b",
        ],
    );
}

#[test]
fn card() {
    assert_finds(
        Detector::Card,
        &[
            "⟦4111111111111111⟧ ⟦4111 1111 1111 1111⟧ ⟦4111-1111-1111-1111⟧ ⟦4111.1111.1111.1111⟧",
            "⟦5555555555554444⟧ ⟦2223003122003222⟧ ⟦5105 1051 0510 5100⟧",
            "⟦378282246310005⟧ ⟦3782 822463 10005⟧ ⟦3714-496353-98431⟧",
            "⟦6011111111111117⟧ ⟦3530111333300000⟧ ⟦30569309025904⟧ ⟦3056 930902 5904⟧ ⟦38520000023237⟧",
            "⟦6200000000000005⟧ ⟦6304000000000000⟧ ⟦2200000000000004⟧",
            "card:⟦4111111111111111⟧,exp 12/27; \"⟦4111111111111111⟧\" ⟦4111 1111 1111 1111⟧ 12/27",
            "⟦4111\u{a0}1111\u{a0}1111\u{a0}1111⟧.",
            // A valid trade item number, and a length that few cards have, count beside a word that says card.
            "paid with ⟦36756300495897⟧, Visa ⟦4222222222222⟧, ⟦3605 660132 8222⟧",
            "36756300495897; 4222222222222",
            // What a name or JSON says it is.
            "{\"card\": ⟦4111111111111111⟧, \"card_id\": \"⟦4111111111111111⟧\", \"x\": \"⟦4111111111111111⟧\"}",
            "{\"counter\": 4111111111111111, \"order_id\": \"4111111111111111\", \"size\":4111111111111111}",
            "{\\\"n\\\": 4111111111111111} trackingId=4111111111111111 order #4111111111111111, invoice: 4111111111111111",
            "4111111111111112 4111 1111 1111 1112 1234567812345670",
            "41111111111111111111 a4111111111111111 4111111111111111b 0.4111111111111111 4111-1111",
            "1700000000000 1700000000000000 20240115123456 4006381333931 04006381333931",
            "x-4111-1111-1111-1111 1111 4111 1111 1111 1111 0000",
            "550e8400-e29b-41d4-a716-446655440000 12345678-1234-1234-1234-123456789012",
        ],
    );
}

#[test]
fn iban() {
    assert_finds(
        Detector::Iban,
        &[
            "⟦DE89370400440532013000⟧ ⟦DE89 3704 0044 0532 0130 00⟧ ⟦de89370400440532013000⟧",
            "⟦GB29 NWBK 6016 1331 9268 19⟧, ⟦GB29NWBK60161331926819⟧.",
            "⟦FR14 2004 1010 0505 0001 3M02 606⟧; ⟦IT60 X054 2811 1010 0000 0123 456⟧",
            "⟦NO93 8601 1117 947⟧ and ⟦NL91ABNA0417164300⟧ and ⟦BE68-5390-0754-7034⟧",
            "⟦CH9300762011623852957⟧ ⟦ES9121000418450200051332⟧ ⟦AT611904300234573201⟧",
            "⟦BR1800360305000010009795493C1⟧ ⟦MT84MALT011000012345MTLCAST001S⟧ ⟦PL61109010140000071219812874⟧",
            "IBAN:⟦DE89370400440532013000⟧ ⟦DE89\u{a0}3704\u{a0}0044\u{a0}0532\u{a0}0130\u{a0}00⟧",
            "DE88370400440532013000 DE8937040044053201300 DE893704004405320130000 XDE89370400440532013000",
            "XX89370400440532013000 507f1f77bcf86cd799439011 ZZ00",
        ],
    );
}

#[test]
fn ssn() {
    assert_finds(
        Detector::Ssn,
        &[
            "⟦123-45-6789⟧, ⟦078-05-1120⟧. SSN:⟦899-99-9999⟧ (⟦123-45-6789⟧) ⟦123–45–6789⟧",
            "000-12-3456 666-12-3456 900-12-3456 123-00-4567 123-45-0000",
            "123456789 123 45 6789 123-456-789 1123-45-6789 123-45-67890 123-45-6789-1 X-123-45-6789",
            "2024-01-15 123-45-6789x 0.123-45-6789",
        ],
    );
}

#[test]
fn ip() {
    assert_finds(
        Detector::Ip,
        &[
            "⟦10.0.0.1⟧ ⟦255.255.255.255⟧, ⟦192.168.1.1⟧:8080 http://⟦10.0.0.1⟧/x ⟦10.0.0.0⟧/8.",
            "from ⟦10.0.0.1⟧. To ⟦10.0.0.1⟧-⟦10.0.0.9⟧",
            "⟦2001:db8::1⟧ [⟦2001:db8:85a3::8a2e:370:7334⟧]:443 ⟦fe80::1⟧%eth0 ⟦::1⟧ ⟦::ffff:10.0.0.1⟧",
            "⟦2001:0db8:85a3:0000:0000:8a2e:0370:7334⟧, ⟦2001:db8::⟧/32 ⟦fd00::abcd⟧",
            "256.1.1.1 1.2.3 1.2.3.4.5 v1.2.3.4 version 1.2.3.4 Version: 1.2.3.4 pkg-1.2.3.4 1.2.3.4-beta 01.02.03.04",
            "std::vector a::b dead::beef Foo::Bar 12:34:56 aa:bb:cc:dd:ee:ff 10:20 1.2.3.4_5 ::",
            "2024-01-15T10:30:00 1:2:3:4:5:6:7 1:2:3:4:5:6:7:8:9",
        ],
    );
}

#[test]
fn jwt() {
    let long = format!(
        "⟦eyJhbGciOiJSUzI1NiIsInR5cCI6IkpXVCJ9.{}.sig-nature_⟧ x",
        "eyJzdWIi".repeat(1000)
    );
    let certificates = base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(format!(
        "{{\"alg\":\"RS256\",\"x5c\":[\"{}\"]}}",
        "MIIC".repeat(1000)
    ));
    let long_header = format!("⟦{certificates}.eyJzdWIiOiIxIn0.sig⟧.");
    assert_finds(
        Detector::Jwt,
        &[
            "⟦eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl⟧",
            "Bearer ⟦eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl⟧. Next",
            "token=⟦eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl⟧&x",
            "⟦eyJhbGciOiJub25lIn0.eyJzdWIiOiIxIn0⟧.",
            "⟦eyJhbGciOiJIUzI1NiJ9..c2lnbmF0dXJl⟧ detached",
            "⟦eyJhbGciOiJkaXIiLCJlbmMiOiJBMTI4R0NNIn0..aXY.Y2lwaGVy.dGFn⟧.more",
            "⟦eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln⟧.more",
            "⟦ewogICJhbGciOiAiSFMyNTYiCn0.eyJzdWIiOiIxIn0.c2ln⟧",
            &long,
            &long_header,
            "eyJhbGciOiJIUzI1NiJ9 eyJmb28iOiJiYXIifQ.eyJzdWIiOiIxIn0.c2ln eyJ.eyJ.eyJ eyes.eyebrow.eyelid",
            "aGVsbG8gd29ybGQ.aGVsbG8.aGVsbG8 www.example.com",
        ],
    );
}

#[test]
fn cloud_key() {
    let marked = [
        "⟦AKIAIOSFODNN7EXAMPLE⟧, ⟦ASIAIOSFODNN7EXAMPLE⟧",
        "aws_secret_access_key = ⟦wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY⟧",
        "{\"SecretAccessKey\": \"⟦wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY⟧\"}",
        "Access key ID,Secret access key\n⟦AKIAIOSFODNN7EXAMPLE⟧,⟦wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY⟧",
        "⟦AIzaSyA-made0up1made2up3made4up5made6up⟧",
        "⟦ghp_0123456789abcdefghijABCDEFGHIJ012345⟧ ⟦github_pat_11ABCDEFG0abcdefghij_0123456789⟧",
        "⟦xoxb-123456789012-abcdefGHIJKL⟧ ⟦sk_live_0123456789abcdefABCDEF⟧",
        "⟦sk-proj-abcDEF0123456789_abc-DEF0123⟧ ⟦sk-0123456789abcdefABCDEF0123456789abcdefABCDEF01⟧",
        "⟦sk-ant-api03-abcDEF0123456789_abc-DEF0123⟧.",
        "AccountName=x;AccountKey=⟦Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==⟧;Endpoint=x",
        "⟦glpat-abcdefghij0123456789⟧. ⟦npm_0123456789abcdefghijABCDEFGHIJ012345⟧",
        "AKIA, ASIAPACIFICHEADQUART, sk-learn, task-0123456789abcdefABCDEF0123456789, sk_live_x, hf_hub, xoxb-no",
        "secret da39a3ee5e6b4b0d3255bfef95601890afd80709, secret santa, 2fd4e1c67a2d28fced849ee1bb76e7391b93eb12",
        "key wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY aGVsbG8gd29ybGQgaGVsbG8gd29ybGQgaGVsbG8gd29y",
    ];
    assert_finds(Detector::CloudKey, &marked);
}

#[test]
fn private_key() {
    let body = "MIIEowIBAAKCAQEAmadeup0123456789\n".repeat(20);
    assert_finds(
        Detector::PrivateKey,
        &[
            &format!("x ⟦-----BEGIN RSA PRIVATE KEY-----\n{body}-----END RSA PRIVATE KEY-----⟧ y"),
            &format!(
                "⟦-----BEGIN PRIVATE KEY-----\\n{}-----END PRIVATE KEY-----⟧\\n",
                body.replace('\n', "\\n")
            ),
            &format!("⟦-----BEGIN OPENSSH PRIVATE KEY-----\r\n{body}-----END OPENSSH PRIVATE KEY-----⟧-----"),
            &format!(
                "⟦-----BEGIN EC PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n\n{body}-----END EC PRIVATE KEY-----⟧"
            ),
            &format!(
                "⟦-----BEGIN PGP PRIVATE KEY BLOCK-----\n\nVersion: 1\n{body}-----END PGP PRIVATE KEY BLOCK-----⟧"
            ),
            &format!("⟦-----BEGIN PRIVATE KEY-----\n{body}⟧"),
            &format!("-----BEGIN CERTIFICATE-----\n{body}-----END CERTIFICATE-----"),
            &format!("-----BEGIN PUBLIC KEY-----\n{body}-----END PUBLIC KEY-----"),
            "A file that starts with -----BEGIN PRIVATE KEY----- is secret. ---------- -----BEGIN",
        ],
    );
}

use base64::Engine;
