//! The word lists of this room, each one text of words parted by blanks: what names a credential, what says that a value is none.

use std::collections::HashSet;
use std::sync::LazyLock;

/// A list of words, all lower case.
pub(super) struct Words(LazyLock<HashSet<&'static [u8]>>);

impl Words {
    /// Whether `word` is in the list, without regard to case.
    pub(super) fn has(&self, word: &[u8]) -> bool {
        if word.len() > 32 {
            return false;
        }
        self.0.contains(word)
            || (word.iter().any(u8::is_ascii_uppercase)
                && self.0.contains(word.to_ascii_lowercase().as_slice()))
    }
}

/// Names a password by its last word.
pub(super) static PASSWORDS: Words = Words(LazyLock::new(|| {
    words(
        "password passwd pass pwd passphrase passw pswd psw passcode passwort kennwort contrasena contraseña senha motdepasse mdp wachtwoord lozinka \
    hasło haslo parola heslo salasana losenord lösenord parool jelszo jelszó sifre şifre clave psk pword passwrd pw requirepass masterauth passwords userpassword adminpassword",
    )
}));

/// What a password opens, behind the word for it.
pub(super) static OPENED: Words = Words(LazyLock::new(|| {
    words(
        "db database banco bd bdd baza veritabani user usr usuario usuário utilisateur benutzer uzytkownik kullanici admin administrator administrador root \
    sa mysql mariadb postgres postgresql pg oracle mssql sql mongo mongodb redis rabbitmq ftp sftp smtp mail correo imap pop ldap ssh vpn wifi wlan proxy",
    )
}));

/// Names a key by its last word alone.
pub(super) static KEYS: Words = Words(LazyLock::new(|| {
    words(
        "salt pepper fernetkey jwtkey hmackey secret token apikey secretkey accesskey authkey privatekey credential credentials creds cred secrets tokens jwt apitoken authtoken \
    accesstoken clientsecret apisecret appsecret bearer apipassword pat masterkey encryptionkey signingkey secretaccesskey authorization \
    accountkey sharedkey sharedaccesskey keypass storepass cookie",
    )
}));

/// Words for a password that mean something else as often: *word*, *key*, *number*. Only what no word can be is a password under them.
pub(super) static AMBIGUOUS_PASSWORDS: Words = Words(LazyLock::new(|| {
    words("parola clave heslo haslo hasło sifre şifre parool psk")
}));

/// Makes a key of a name that ends in `key`: the word before it.
pub(super) static BEFORE_KEY: Words = Words(LazyLock::new(|| {
    words(
        "merchant partner stream fernet hashing validation machine vault user team org db database data store shard symmetric sym des tripledes wallet bot push api access secret private auth encryption encrypt signing sign master account shared app application license service deploy consumer client \
    session crypto cipher aes hmac jwt token rest admin write server hash salt security storage subscription integration webhook project \
    decryption primary secondary cookie base ssh rsa signature ingest ingestion instrumentation",
    )
}));

/// Before `key`: keys that only find something, or that everybody may know.
pub(super) static FINDING_KEYS: Words = Words(LazyLock::new(|| {
    words(
        "cache cached caching gpg pgp pub public publishable foreign sort partition index unique composite natural surrogate candidate map row column object s3 \
    lookup dedup dedupe idempotency idempotent group parent child node entity record translation i18n message msg locale field form param registry event routing topic \
    queue redis ratelimit lock flag feature setting settings config option metadata state query request response join merge search file path blob \
    bucket hot short shortcut arrow press keyboard modifier enter escape tab space known verify verification verifying jwk fingerprint checksum hashed hkdf ec \
    peer remote host site sitekey widget socket websocket accept raw ephemeral recaptcha turnstile hcaptcha mon tur whis don jac hoc",
    )
}));

/// Words at the end of a name that say the value is about a credential, and is none.
pub(super) static ABOUT: Words = Words(LazyLock::new(|| {
    words(
        "url uri path file filename dir folder name field label hint placeholder regex pattern length len size min max policy type format reset \
    expiry expires expiration ttl count enabled disabled required header prefix suffix param parameter column endpoint provider manager input \
    error message msg title class style icon id ids arn ref reference version index attribute attr property env var variable host port user \
    username email help desc description info status state strength validator validation confirmation timeout lifetime algorithm alg hash hashed \
    digest encoder encoding encrypted source target address domain scope scopes audience issuer method mode kind generator service store storage \
    config settings options handler callback function factory builder selector element button form page view screen dialog component text \
    question answer link template subject plugin module package object entity model table query key_name idx offset position start end char \
    chars limit rotation age days date time at on rule rules checker test tests spec mock event action changed change update updated pub public \
    fingerprint thumbprint iterator stream kinds types names list map set group role level stage usage",
    )
}));

/// Words at the end of a name that only tell values apart.
pub(super) static SUFFIXES: Words = Words(LazyLock::new(|| {
    words(
        "base dev1 prod1 prod production dev development staging stage local qa uat live sandbox value val str string default base64 b64 old new current plain \
    plaintext raw cleartext primary secondary backup main master test testing s dflt again confirm repeat",
    )
}));

/// Names of algorithms, types and the like that stand under names of credentials.
pub(super) static TECHNICAL: Words = Words(LazyLock::new(|| {
    words(
        "latin1 latin-1 ascii utf-16 utf16 cp1252 iso-8859-1 md5 sha1 sha256 sha512 sha-256 sha-512 utf8 utf-8 base64 rsa256 rs256 hs256 hs512 es256 aes128 aes256 aes-256-gcm aes-128-cbc aes-256-cbc \
    x509 oauth2 oauth1 ed25519 rsa2048 ssh-rsa pbkdf2 pbkdf2-sha1 pbkdf2-sha256 pbkdf2-sha512 pbkdf2_sha256 sha3-256 bcrypt bcryptjs bcrypt-sha256 scram-sha-1 scram-sha-256 argon2id argon2i scrypt current-password new-password one-time-code number integer \
    boolean object array float double varchar char blob bytes sensitive literal enabled disabled readonly hidden bearer basic plain plaintext \
    digest ldap kerberos saml refresh access refresh_token access_token id_token client_credentials authorization_code csrf csrftoken xsrf \
    cookie header session localstorage keyword identifier ident operator punctuation comment whitespace newline expression statement username \
    email login logout admin root guest anonymous localhost submit button text input label icon toggle error errors warning success failed \
    missing expired unauthorized forbidden notfound passthrough passive protected private public internal external inherit important always \
    never maybe yes on off auto manual custom function attribute",
    )
}));

/// Words that say "put yours here" when a value is made of them alone.
pub(super) static PLACEHOLDER_WORDS: Words = Words(LazyLock::new(|| {
    words(
        "your yours token here fake sample test replace redacted removed hidden masked secret password key todo fixme none null nil undefined true \
    false string insert enter some the my mock foo bar baz demo default value empty required optional unset unknown n/a tbd xxx goes api app \
    access auth client id user username passwd pass bearer invalid valid wrong correct bad good new old not real this that is a an for of to and \
    with from",
    )
}));

/// Words by which a made-up secret says that another one is to take its place.
pub(super) static EXCUSES: Words = Words(LazyLock::new(|| {
    words(
        "change changed replace replaced insert enter your put update not insecure unsafe production",
    )
}));

/// Names that only say "here comes the value": the real one stands beside.
pub(super) static GENERIC: Words = Words(LazyLock::new(|| {
    words(
        "with parametervalue propertyvalue default_value defaultvalue fallback value val values content contents text default defaultvalue default_value data string v body initialvalue currentvalue newvalue secretstring \
    literal raw src plaintext stringvalue string_value value_string textvalue valuestring",
    )
}));

/// Keys whose value is the name of the thing described.
pub(super) static NAMING: Words = Words(LazyLock::new(|| {
    words(
        "key name id header parameter param parameterkey label field variable env var property option k n title variablename parametername",
    )
}));

/// Words between a name and its value in prose, SQL and shell.
pub(super) static LINKS: Words = Words(LazyLock::new(|| {
    words(
        "is was as to by be equals of the a with set will now are string str bytes b r u f rb br l nil new return",
    )
}));

/// Words that say what kind the value is: authorization schemes.
pub(super) static SCHEMES: Words = Words(LazyLock::new(|| {
    words(
        "bearer token basic apikey key oauth digest ssws negotiate genie genietoken bot pat apitoken",
    )
}));

/// Passwords that documentation, defaults and test systems use; alone they tell nobody anything.
pub(super) static COMMON_PASSWORDS: Words = Words(LazyLock::new(|| {
    words(
        "changeit minioadmin unused welcome1 mustang password passwd pass pwd secret postgres root admin user guest test mysql redis rabbitmq mongo mongodb example foo bar baz pw p pass123 \
    pass1234 password1 password123 mypassword mypass secretpassword userpass userpassword changeme default tiger hunter2 letmein docker dev \
    local sa s3cr3t s3cret secret123 topsecret supersecret credentials token key apikey api_key access_token x-oauth-basic x-access-token oauth2 \
    username login me you abc abcd qwerty asdf asd asdfgh bob alice 1234 12345 123456 x xx xxx anonymous none null undefined true false port \
    host a b c z y contraseña contrasena senha motdepasse mot_de_passe passwort kennwort passord wachtwoord parola hasło haslo heslo jelszó lösenord \
    salasana şifre",
    )
}));

/// Before `token`: tokens that mark a place in a list, or one request among others, and open nothing.
pub(super) static POSITION_TOKENS: Words = Words(LazyLock::new(|| {
    words(
        "next continuation page request change lock idempotency pagination starting sync cancel cancellation csrf xsrf action resume cursor previous prev purchase lifecycle term \
     client clientrequest synctoken position delta stop end eof comment string lexer parser syntax symbol special separator literal pad padding mask unk bos eos cls sep lookahead",
    )
}));

/// Before `pass`: passes of a renderer or compiler, which are no passwords.
pub(super) static PASSES: Words = Words(LazyLock::new(|| {
    words(
        "render rendering state current opaque translucent depth stencil shadow compute blur forward deferred geometry lighting bloom copy blit raster shader first second third single multi \
     two three optimization optimizer compiler analysis codegen lint function loop mark sweep by back band",
    )
}));

/// Functions and constructors that only wrap a literal.
pub(super) static CALLS: Words = Words(LazyLock::new(|| {
    words(
        "md5 sha1 sha2 sha256 sha512 crypt hashpw secretstr secretbytes secretvalue guardedstring protectedstring unsafeplaintext field from new of byte bytes string str valueof some just ok optional text literal encode tosecurestring securestring secretstring secret fromstring from_str \
     parse wrap quote trim strip unwrap tostring bytearray buffer b64decode atob btoa base64 uri url nsstring std::string cstring c_str lit repr format print fromhex",
    )
}));

/// Names of types that stand between a name and its value.
pub(super) static TYPES: Words = Words(LazyLock::new(|| {
    words(
        "str string char const static cow option optional bytes byte u8 text any object varchar nvarchar nsstring anystr secretstr readonly final \
     static_str bytearray buffer uint8array",
    )
}));

fn words(text: &'static str) -> HashSet<&'static [u8]> {
    text.split_ascii_whitespace().map(str::as_bytes).collect()
}
