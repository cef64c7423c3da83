//! Waking those who wait: a decision made in this process ends every long poll that it concerns, at once.

use tokio::sync::watch;

/// The news that something was decided. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Decisions {
    news: watch::Sender<News>,
}

#[derive(Clone, Copy, Debug, Default)]
struct News {
    decided: u64,
    closing: bool,
}

/// What a wait ended with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Woken {
    /// Something was decided: look again.
    Decided,
    /// The service is closing: answer with what there is.
    Closing,
}

impl Default for Decisions {
    fn default() -> Decisions {
        Decisions {
            news: watch::Sender::new(News::default()),
        }
    }
}

impl Decisions {
    /// Tells everyone who waits that something was decided.
    pub fn announce(&self) {
        self.news
            .send_modify(|news| news.decided = news.decided.wrapping_add(1));
    }

    /// Tells everyone who waits, now and later, that the service is closing.
    pub fn close(&self) {
        self.news.send_modify(|news| news.closing = true);
    }

    /// Begins to listen. What is announced from here on is not missed, so listen before looking.
    pub fn listen(&self) -> Listener {
        Listener {
            news: self.news.subscribe(),
        }
    }
}

/// One who waits.
#[derive(Debug)]
pub struct Listener {
    news: watch::Receiver<News>,
}

impl Listener {
    /// Waits for what was announced since listening began or since this was last called.
    pub async fn next(&mut self) -> Woken {
        if self.news.borrow().closing {
            return Woken::Closing;
        }
        match self.news.changed().await {
            Ok(()) if !self.news.borrow().closing => Woken::Decided,
            _ => Woken::Closing,
        }
    }
}
