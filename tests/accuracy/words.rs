//! Words, and what people and programs make of them: passwords, hashed passwords, names of users, hosts and identifiers.

use invoca_scan::detect::Generator;

/// Everyday words and names.
pub(crate) const WORDS: &[&str] = &[
    "amber", "anchor", "apple", "arrow", "autumn", "badger", "bamboo", "banana", "basket",
    "beacon", "bear", "bella", "berlin", "bishop", "blanket", "blossom", "boston", "bottle",
    "breeze", "bridge", "bronze", "bubble", "buddy", "buffalo", "butter", "cactus", "camera",
    "candle", "canyon", "carbon", "carlos", "castle", "charlie", "cherry", "chicago", "chicken",
    "cobalt", "coffee", "comet", "cookie", "copper", "coral", "cotton", "cowboy", "cricket",
    "crystal", "daisy", "dakota", "daniel", "delta", "denver", "desert", "diamond", "dolphin",
    "dragon", "eagle", "eclipse", "ember", "emily", "falcon", "feather", "flower", "forest",
    "freddy", "freedom", "galaxy", "garden", "ginger", "glacier", "golden", "gorilla", "guitar",
    "hammer", "hannah", "harbor", "harley", "hazel", "hello", "hockey", "honey", "hunter",
    "island", "ivory", "jackson", "jaguar", "jasmine", "jessica", "joker", "jordan", "jungle",
    "jupiter", "kitten", "knight", "kraken", "lantern", "lemon", "leopard", "liberty", "lizard",
    "london", "lucky", "madrid", "magic", "maple", "marble", "marina", "martin", "matrix", "melon",
    "mercury", "merlin", "michael", "miller", "mirror", "monkey", "monster", "mountain", "mustang",
    "nelson", "nicole", "ocean", "olivia", "orange", "orchid", "oscar", "otter", "panda",
    "panther", "paris", "parker", "peanut", "pepper", "phoenix", "pickle", "pirate", "planet",
    "poker", "potato", "prince", "pumpkin", "purple", "puzzle", "rabbit", "rachel", "raven",
    "river", "robert", "rocket", "rooster", "ruby", "saffron", "sailor", "salmon", "samson",
    "scooter", "shadow", "silver", "simon", "sierra", "skipper", "snow", "soccer", "sparrow",
    "spider", "spring", "starfish", "stella", "storm", "summer", "sunset", "sunshine", "taylor",
    "thomas", "thunder", "tiger", "tomato", "topaz", "trinity", "tucker", "turtle", "velvet",
    "victoria", "violet", "walnut", "whisper", "william", "willow", "window", "winter", "wizard",
    "wolf", "yankee", "yellow", "zebra", "zephyr", "bluebird", "cascade", "dynamo", "equinox",
    "fjord",
];

/// Words of programs.
const PARTS: &[&str] = &[
    "user",
    "account",
    "request",
    "session",
    "service",
    "client",
    "server",
    "config",
    "data",
    "file",
    "path",
    "type",
    "value",
    "index",
    "list",
    "item",
    "event",
    "handler",
    "manager",
    "factory",
    "provider",
    "context",
    "response",
    "message",
    "state",
    "store",
    "cache",
    "queue",
    "worker",
    "job",
    "task",
    "order",
    "product",
    "customer",
    "invoice",
    "payment",
    "report",
    "filter",
    "query",
    "result",
    "error",
    "status",
    "default",
    "current",
    "next",
    "previous",
    "max",
    "min",
    "total",
    "count",
    "size",
    "name",
    "label",
    "title",
    "start",
    "end",
    "time",
    "date",
    "create",
    "update",
    "delete",
    "fetch",
    "load",
    "save",
    "parse",
    "render",
    "build",
    "validate",
    "convert",
    "register",
    "resolve",
    "device",
    "network",
    "campaign",
    "advertiser",
    "publisher",
    "call",
    "number",
    "phone",
    "region",
    "country",
    "address",
    "widget",
    "button",
];

fn pick<'a>(list: &[&'a str], random: &mut Generator) -> &'a str {
    list[random.below(list.len())]
}

fn chars(class: &str, len: usize, random: &mut Generator) -> String {
    random.chars(class, len).unwrap_or_default()
}

/// The word with a capital first letter.
pub(crate) fn capital(word: &str) -> String {
    let mut letters = word.chars();
    letters
        .next()
        .map(|first| first.to_ascii_uppercase().to_string() + letters.as_str())
        .unwrap_or_default()
}

/// `count` words of programs, as an identifier.
pub(crate) fn camel(count: usize, random: &mut Generator) -> String {
    (0..count)
        .map(|at| {
            let part = pick(PARTS, random);
            if at == 0 {
                part.to_owned()
            } else {
                capital(part)
            }
        })
        .collect()
}

/// `count` words of programs with `by` between them.
pub(crate) fn joined(count: usize, by: &str, random: &mut Generator) -> String {
    (0..count)
        .map(|_| pick(PARTS, random))
        .collect::<Vec<_>>()
        .join(by)
}

/// A user's name.
pub(crate) fn user(random: &mut Generator) -> String {
    match random.below(5) {
        0 => pick(
            &[
                "admin",
                "root",
                "deploy",
                "app",
                "postgres",
                "svc_reports",
                "jenkins",
                "backup",
                "ci",
            ],
            random,
        )
        .to_owned(),
        1 => format!("{}.{}", pick(WORDS, random), pick(WORDS, random)),
        2 => format!("{}{}", pick(WORDS, random), random.below(90) + 10),
        3 => format!(
            "{}_{}",
            pick(PARTS, random),
            pick(&["user", "rw", "app", "prod", "svc"], random)
        ),
        _ => pick(WORDS, random).to_owned(),
    }
}

/// A domain.
pub(crate) fn domain(random: &mut Generator) -> String {
    format!(
        "{}{}.{}",
        pick(WORDS, random),
        pick(&["", "-labs", "soft", "corp", "media"], random),
        pick(&["com", "net", "io", "org", "de"], random)
    )
}

/// The name of a machine.
pub(crate) fn host(random: &mut Generator) -> String {
    match random.below(3) {
        0 => format!(
            "{}{}.{}",
            pick(&["db", "ftp", "mail", "app", "git", "cache"], random),
            random.below(9) + 1,
            domain(random)
        ),
        1 => format!("{}.internal", pick(WORDS, random)),
        _ => domain(random),
    }
}

/// The name of a database.
pub(crate) fn database(random: &mut Generator) -> String {
    format!(
        "{}_{}",
        pick(PARTS, random),
        pick(&["production", "db", "prod", "main", "staging"], random)
    )
}

/// A password of letters and digits.
fn plain(random: &mut Generator) -> String {
    let word = pick(WORDS, random);
    match random.below(10) {
        0 => format!("{word}{}", 10 + random.below(9000)),
        1 => format!("{}{}", capital(word), 1980 + random.below(46)),
        2 => format!(
            "{}{}{}",
            capital(word),
            capital(pick(WORDS, random)),
            random.below(100)
        ),
        3 => format!(
            "{}{}",
            word.replace('o', "0").replace('e', "3").replace('a', "4"),
            1 + random.below(99)
        ),
        4 => {
            let len = 8 + random.below(6);
            chars("base62", len, random)
        }
        5 => {
            let len = 8 + random.below(5);
            format!("{}{}", chars("alnum", len, random), random.below(10))
        }
        6 => format!("{}{}{}", word, random.below(100), pick(WORDS, random)),
        7 => {
            let len = 16 + random.below(9);
            chars("base62", len, random)
        }
        8 => format!(
            "{}{}",
            pick(
                &["qwerty", "q1w2e3r4", "1q2w3e", "zaq12wsx", "asdf"],
                random
            ),
            10 + random.below(990)
        ),
        _ => format!(
            "{}{}{}",
            pick(WORDS, random),
            pick(WORDS, random),
            1 + random.below(999)
        ),
    }
}

/// A password with some of `symbols` in it.
fn marked(symbols: &[u8], random: &mut Generator) -> String {
    let symbol = |random: &mut Generator| char::from(symbols[random.below(symbols.len())]);
    let word = capital(pick(WORDS, random));
    match random.below(7) {
        0 => format!("{word}{}{}", symbol(random), 10 + random.below(9990)),
        1 => format!("{word}{}{}", 1980 + random.below(46), symbol(random)),
        2 => format!(
            "{word}{}{}{}{}",
            symbol(random),
            capital(pick(WORDS, random)),
            symbol(random),
            random.below(1000)
        ),
        3 => {
            let leet = word
                .replace('o', "0")
                .replace('a', "@")
                .replace('i', "1")
                .replace('s', "$");
            format!("{leet}{}{}", random.below(1000), symbol(random))
        }
        4 => {
            let len = 10 + random.below(8);
            let mut text: Vec<char> = chars("base62", len, random).chars().collect();
            for _ in 0..3 {
                let at = random.below(text.len());
                text[at] = symbol(random);
            }
            text.into_iter().collect()
        }
        5 => format!(
            "{}{}{}{}{}",
            pick(WORDS, random),
            symbol(random),
            pick(WORDS, random),
            symbol(random),
            pick(WORDS, random)
        ),
        _ => format!(
            "{}{}{}{}",
            chars("lower", 4, random),
            symbol(random),
            chars("digit", 4, random),
            chars("upper", 2, random)
        ),
    }
}

/// Symbols that stand in passwords and break no quotes.
const SYMBOLS: &[u8] = b"!@#$%^*-_+=.?";

/// A password in one of the ways people choose them and programs make them.
pub(crate) fn password(style: &str, random: &mut Generator) -> Result<String, String> {
    Ok(match style {
        "plain" => plain(random),
        "safe" if random.below(2) == 0 => plain(random),
        "safe" => marked(b"!-_.+@", random).replace('$', "5"),
        "url" if random.below(3) < 2 => plain(random),
        "url" => marked(b"!-_.~", random)
            .replace('@', "%40")
            .replace('$', "%24"),
        "" if random.below(5) < 2 => plain(random),
        "" | "symbols" => marked(SYMBOLS, random),
        "long" => {
            let len = 18 + random.below(15);
            chars(
                pick(&["base62", "A-Za-z0-9!@#%^*_+.-", "alnum"], random),
                len,
                random,
            )
        }
        "word" => format!("{}{}", pick(WORDS, random), pick(WORDS, random)),
        _ => return Err(format!("no style {style} of passwords")),
    })
}

const CRYPT: &str = "./0-9A-Za-z";

/// A hashed password, as the named scheme writes it.
pub(crate) fn hash(scheme: &str, random: &mut Generator) -> Result<String, String> {
    let c = |len: usize, random: &mut Generator| chars(CRYPT, len, random);
    Ok(match scheme {
        "bcrypt" => format!(
            "${}$1{}${}",
            pick(&["2a", "2b", "2y"], random),
            random.below(3),
            c(53, random)
        ),
        "sha512crypt" => format!("$6${}${}", c(16, random), c(86, random)),
        "sha256crypt" => format!("$5${}${}", c(16, random), c(43, random)),
        "md5crypt" => format!("$1${}${}", c(8, random), c(22, random)),
        "apr1" => format!("$apr1${}${}", c(8, random), c(22, random)),
        "yescrypt" => format!("$y$j9T${}${}", c(22, random), c(43, random)),
        "phpass" => format!("$P$B{}", c(30, random)),
        "drupal" => format!("$S$D{}", c(51, random)),
        "descrypt" => c(13, random),
        "ssha" => format!("{{SSHA}}{}", chars("base64", 38, random) + "=="),
        "sha1b64" => format!("{{SHA}}{}=", chars("base64", 27, random)),
        "pbkdf2" => format!(
            "pbkdf2_sha256$260000${}${}=",
            chars("base62", 22, random),
            chars("base64", 43, random)
        ),
        "argon2" => format!(
            "$argon2id$v=19$m=65536,t=3,p=4${}${}",
            chars("base64", 22, random),
            chars("base64", 43, random)
        ),
        "mysql" => format!("*{}", chars("HEX", 40, random)),
        "postgres" => format!("md5{}", chars("hex", 32, random)),
        "scram" => format!(
            "SCRAM-SHA-256$4096:{}==${}=:{}=",
            chars("base64", 22, random),
            chars("base64", 43, random),
            chars("base64", 43, random)
        ),
        "ntlm" => chars("hex", 32, random),
        _ => return Err(format!("no scheme {scheme}")),
    })
}
