//! An open-loop HTTP/1.1 client: requests leave at fixed times, whatever the answers do, and a latency counts from
//! the time at which its request was due. So a stall costs all the requests that it held up (no coordinated omission).
//!
//! `open-loop HOST:PORT PATH BODY-FILE CONNECTIONS RATE SECONDS` prints one line of JSON: microseconds.

use std::error::Error;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// What one answer took.
struct Taken {
    first_byte: Duration,
    whole: Duration,
}

type Fault = Box<dyn Error + Send + Sync>;

fn main() -> Result<(), Fault> {
    let arguments: Vec<String> = std::env::args().collect();
    let [_, address, path, body, connections, rate, seconds] = arguments.as_slice() else {
        return Err("usage: open-loop HOST:PORT PATH BODY-FILE CONNECTIONS RATE SECONDS".into());
    };
    let body = std::fs::read(body)?;
    let (connections, rate, seconds): (u32, f64, f64) =
        (connections.parse()?, rate.parse()?, seconds.parse()?);
    let mut request = format!(
        "POST {path} HTTP/1.1\r\nhost: bench\r\nx-client-id: svc:bench\r\n\
         content-type: application/json\r\ncontent-length: {}\r\n\r\n",
        body.len()
    )
    .into_bytes();
    request.extend_from_slice(&body);
    let request = Arc::new(request);

    let period = Duration::from_secs_f64(f64::from(connections) / rate);
    let began = Instant::now() + Duration::from_millis(50);
    let end = began + Duration::from_secs_f64(seconds);
    let threads: Vec<_> = (0..connections)
        .map(|n| {
            let (address, request) = (address.clone(), Arc::clone(&request));
            let first = began + period * n / connections;
            std::thread::spawn(move || one_connection(&address, &request, first, period, end))
        })
        .collect();
    let mut taken = Vec::new();
    for thread in threads {
        taken.extend(thread.join().map_err(|_| "a connection's thread panicked")??);
    }
    let whole = sorted(taken.iter().map(|one| one.whole));
    let first = sorted(taken.iter().map(|one| one.first_byte));
    println!(
        r#"{{"requests":{},"p50":{:.0},"p99":{:.0},"p999":{:.0},"max":{:.0},"first_byte_p50":{:.0}}}"#,
        whole.len(),
        quantile(&whole, 0.5),
        quantile(&whole, 0.99),
        quantile(&whole, 0.999),
        quantile(&whole, 1.0),
        quantile(&first, 0.5),
    );
    Ok(())
}

fn sorted(durations: impl Iterator<Item = Duration>) -> Vec<f64> {
    let mut all: Vec<f64> = durations.map(|one| one.as_secs_f64() * 1e6).collect();
    all.sort_by(f64::total_cmp);
    all
}

fn quantile(sorted: &[f64], q: f64) -> f64 {
    let rank = (sorted.len() as f64 * q).ceil() as usize;
    sorted.get(rank.saturating_sub(1)).copied().unwrap_or(f64::NAN)
}

/// Sends one request after another over one connection, each when it is due or, where the last answer was late, as
/// soon as that is there.
fn one_connection(
    address: &str,
    request: &[u8],
    first: Instant,
    period: Duration,
    end: Instant,
) -> Result<Vec<Taken>, Fault> {
    let stream = TcpStream::connect(address)?;
    stream.set_nodelay(true)?;
    stream.set_read_timeout(Some(Duration::from_secs(30)))?;
    let mut answers = BufReader::with_capacity(256 * 1024, stream.try_clone()?);
    let mut taken = Vec::new();
    let mut due = first;
    let mut stream = stream;
    while due < end {
        if let Some(wait) = due.checked_duration_since(Instant::now()) {
            std::thread::sleep(wait);
        }
        stream.write_all(request)?;
        answers.fill_buf()?;
        let first_byte = due.elapsed();
        read_answer(&mut answers)?;
        taken.push(Taken {
            first_byte,
            whole: due.elapsed(),
        });
        due += period;
    }
    Ok(taken)
}

/// Reads one answer with a length or in chunks, and drops it.
fn read_answer(from: &mut impl BufRead) -> Result<(), Fault> {
    let mut line = String::new();
    from.read_line(&mut line)?;
    if !line.contains(" 200 ") {
        return Err(format!("not 200: {}", line.trim()).into());
    }
    let mut length = None;
    loop {
        line.clear();
        from.read_line(&mut line)?;
        let header = line.trim().to_ascii_lowercase();
        if header.is_empty() {
            break;
        }
        if let Some(value) = header.strip_prefix("content-length:") {
            length = Some(value.trim().parse()?);
        }
    }
    match length {
        Some(length) => drop_bytes(from, length),
        None => loop {
            line.clear();
            from.read_line(&mut line)?;
            let size = u64::from_str_radix(line.trim(), 16)?;
            drop_bytes(from, size + 2)?;
            if size == 0 {
                return Ok(());
            }
        },
    }
}

fn drop_bytes(from: &mut impl Read, count: u64) -> Result<(), Fault> {
    let dropped = std::io::copy(&mut from.take(count), &mut std::io::sink())?;
    if dropped == count {
        Ok(())
    } else {
        Err("the answer broke off".into())
    }
}
