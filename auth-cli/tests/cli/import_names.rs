//! What people are called before and after an import: names that are addresses, names that are none here, names and addresses that
//! several have.

use crate::home::{Home, PASSWORD, hash};
use crate::import_sql::Source;

/// Users of a Django project, by id, name, address, all with [`PASSWORD`].
fn django(people: &[(u32, &str, &str)]) -> String {
    let hash = hash("django pbkdf2_sha256");
    let rows: Vec<_> =
        people.iter().map(|(id, name, email)| format!("({id}, '{name}', '{email}', '{hash}')")).collect();
    format!(
        "CREATE TABLE auth_user (id integer PRIMARY KEY, username text, email text, password text); \
         INSERT INTO auth_user VALUES {};",
        rows.join(", ")
    )
}

/// The model has nothing but that.
const ARGS: [&str; 3] = [
    "django",
    "--without",
    "groups,last_login,date_joined,is_active,is_staff,is_superuser,first_name,last_name",
];

async fn is_login_of(home: &Home, login: &str, id: &str) -> bool {
    let user = home.user(login).await;
    user.is_some_and(|user| user.id.as_str() == id) && home.logs_in(login, PASSWORD).await
}

#[tokio::test]
async fn a_name_that_is_an_address_stays_a_login_name_beside_another_address() {
    let home = Home::new();
    let source = Source::sqlite(&home, &django(&[(1, "old@x.example", "new@x.example")])).await;
    let dry = source.import(&home, &[&ARGS[..], &["--dry-run"]].concat()).ok();
    assert!(dry.contains("id 1, old@x.example, as old_at_x.example"), "{dry}");
    source.import(&home, &ARGS).ok();
    for login in ["old@x.example", "OLD@X.example", "new@x.example", "old_at_x.example"] {
        assert!(is_login_of(&home, login, "1").await, "{login}");
    }
    let user = home.user("old@x.example").await.unwrap();
    assert_eq!(user.email.as_ref().unwrap().as_str(), "new@x.example");
    assert!(!user.email_verified);
    assert!(home.auth(&["user", "show", "1"]).ok().contains("logs in as  old@x.example"));
    // Taken, like any address that somebody has.
    let taken = home.auth(&["user", "create", "bob", "--email", "old@x.example", "--no-password"]);
    assert!(taken.refused(1).contains("another account"));
}

#[tokio::test]
async fn a_row_that_is_not_imported_takes_no_address_away() {
    let home = Home::new();
    let people = [
        (1, "mail@x.example", ""),
        (2, "MAIL@X.example", ""),
        (3, "bob", "bob@x.example"),
        (4, "BOB", "Bob@x.example"),
    ];
    let source = Source::sqlite(&home, &django(&people)).await;
    let report = source.import(&home, &ARGS).skipped();
    assert!(report.contains("4 rows read: 2 users added, 0 here already, 2 skipped."), "{report}");
    assert!(report.contains("id 2 with id 1, id 4 with id 3"), "{report}");
    for (login, id) in [("mail@x.example", "1"), ("bob@x.example", "3"), ("bob", "3")] {
        assert!(is_login_of(&home, login, id).await, "{login}");
    }
    // The same for a row whose name is taken here, in the second run too.
    let other = Home::new();
    other.auth(&["user", "create", "carol", "--no-password"]).ok();
    let csv = "id,username,email\n7,carol,shared@x.example\n8,dave,shared@x.example\n";
    for _ in 0..2 {
        let report = other.import(csv, &[]).skipped();
        assert!(report.contains("another account's\n  line 2"), "{report}");
        assert_eq!(other.user("shared@x.example").await.unwrap().username(), "dave");
    }
}

#[tokio::test]
async fn those_of_an_earlier_run_still_share_their_address() {
    let home = Home::new();
    home.import("id,username,email\n1,a,shared@x.example\n2,b,shared@x.example\n", &[]).ok();
    let report = home.import("id,username,email\n1,a,shared@x.example\n3,c,shared@x.example\n", &[]).ok();
    assert!(report.contains("imported, 1: address left out: several accounts share it"), "{report}");
    assert!(home.user("shared@x.example").await.is_none());
}

#[tokio::test]
async fn a_login_name_goes_before_an_address_that_nobody_proved() {
    let home = Home::new();
    let csv = format!(
        "id,username,email,email_verified,password_hash\n\
         1,name@x.example,one@x.example,,{hash}\n2,two,NAME@x.example,,{hash}\n\
         3,bare@x.example,,,{hash}\n4,four,bare@x.example,,{hash}\n\
         5,own@x.example,five@x.example,,{hash}\n6,six,own@x.example,yes,{hash}\n",
        hash = hash("bcrypt")
    );
    let done = home.import(&csv, &[]);
    assert_eq!(done.code, 4, "somebody lost the name they log in by: {done:?}");
    assert!(done.out.contains("imported, 1: old user name left out"), "{}", done.out);
    assert!(done.out.contains("share it\n  line 3, line 4, line 5"), "{}", done.out);
    for (login, id) in
        [("name@x.example", "1"), ("two", "2"), ("bare@x.example", "3"), ("own@x.example", "6")]
    {
        assert!(is_login_of(&home, login, id).await, "{login}");
    }
    for (login, email) in [("3", None), ("1", Some("one@x.example")), ("6", Some("own@x.example"))] {
        let accounts = home.accounts().await;
        let account = accounts.iter().find(|account| account.user.id.as_str() == login).unwrap();
        assert_eq!(account.user.email.as_ref().map(|email| email.as_str()), email);
    }
    assert_eq!(
        home.import(&csv, &["--dry-run"]).out.lines().next().unwrap().split(':').next().unwrap(),
        "6 rows read"
    );
}

#[tokio::test]
async fn a_login_name_that_an_account_has_here_is_left_out_and_said() {
    let home = Home::new();
    home.auth(&["user", "create", "zoe", "--email", "zoe@x.example", "--no-password"]).ok();
    let csv = "id,username,email\n1,zoe@x.example,one@x.example\n2,ZOE@x.example,\n";
    let one = "id,username,email\n1,zoe@x.example,one@x.example\n";
    let dry = home.import(one, &["--dry-run"]);
    let wet = home.import(one, &[]);
    assert_eq!((dry.code, wet.code), (4, 4));
    assert!(dry.out.contains("old user name left out") && wet.out.contains("old user name left out"));
    assert_eq!(home.user("zoe@x.example").await.unwrap().username(), "zoe");
    assert_eq!(home.user("one@x.example").await.unwrap().username(), "zoe_at_x.example");
    assert!(home.import(csv, &[]).skipped().contains("line 3 with line 2"));
}

#[tokio::test]
async fn a_file_without_ids_loses_nobody() {
    let home = Home::new();
    let csv = "username,email\nk1,k@x.example\nK1,other@x.example\n";
    for (run, added) in [(0, 1), (1, 0)] {
        let report = home.import(csv, &[]).skipped();
        let here = 1 - added;
        assert!(
            report.contains(&format!("2 rows read: {added} users added, {here} here already, 1 skipped.")),
            "run {run}: {report}"
        );
        assert!(
            report.contains("the user name is that of an earlier row")
                && report.contains("line 3 with line 2")
        );
    }
    // Nor does one that comes later.
    let later = home.import("username,email\nK1,other@x.example\n", &[]).skipped();
    assert!(later.contains("an account is here whose name cannot be told from it"), "{later}");
    assert!(home.user("k@x.example").await.is_some() && home.user("other@x.example").await.is_none());
    // Those that are made of addresses are the same person, and one that clashes with such a name is not.
    let made = home.import("username,email\n,a@x.example\na_at_x.example,b@x.example\n", &[]).skipped();
    assert!(made.contains("line 3 with line 2"), "{made}");
}

#[tokio::test]
async fn a_name_that_django_allows_gets_a_way_in() {
    let home = Home::new();
    let names = ["user+tag.with_all-chars@x", "@alice", "bob@", "a@b@c", "\u{6771}\u{4eac}@x", "x_y-z.w+v"];
    let people: Vec<_> = names.iter().enumerate().map(|(n, name)| (n as u32, *name, "")).collect();
    let source = Source::sqlite(&home, &django(&people)).await;
    let dry = source.import(&home, &[&ARGS[..], &["--dry-run"]].concat()).ok();
    for renamed in [
        "id 0, user+tag.with_all-chars@x, as user+tag.with_all-chars_at_x",
        "id 1, @alice, as _at_alice",
        "id 3, a@b@c, as a_at_b_at_c",
    ] {
        assert!(dry.contains(renamed), "{renamed}: {dry}");
    }
    assert!(home.accounts().await.is_empty());
    source.import(&home, &ARGS).ok();
    for (n, name) in names.iter().enumerate() {
        assert!(is_login_of(&home, name, &n.to_string()).await, "{name}");
    }
    assert!(is_login_of(&home, "user+tag.with_all-chars_at_x", "0").await);
    assert!(source.import(&home, &ARGS).ok().contains("6 here already"));
}

#[tokio::test]
async fn a_look_alike_of_a_name_takes_it_from_nobody() {
    let home = Home::new();
    let allauth = "CREATE TABLE account_emailaddress (id integer PRIMARY KEY, user_id integer, email text, verified bool); \
                   INSERT INTO account_emailaddress VALUES (1, 2, '\u{ff56}ictim@x.example', TRUE);";
    let people = [(1, "victim@x.example", ""), (2, "mallory", "\u{ff56}ictim@x.example")];
    let source = Source::sqlite(&home, &format!("{}{allauth}", django(&people))).await;
    source.import(&home, &ARGS).ok();
    assert!(is_login_of(&home, "victim@x.example", "1").await);
    assert!(home.user("mallory").await.unwrap().email.is_none());
}

#[tokio::test]
async fn whoever_has_no_user_name_and_loses_the_address_is_a_loss() {
    let home = Home::new();
    home.auth(&["user", "create", "zoe", "--email", "zoe@x.example", "--no-password"]).ok();
    for (run, csv) in
        ["email\nzoe@x.example\n", "username,email,email_verified\n,a@x.example,\nb,a@x.example,yes\n"]
            .into_iter()
            .enumerate()
    {
        let done = home.import(csv, &[]);
        assert_eq!(done.code, 4, "{run}: {done:?}");
        assert!(done.out.contains("imported, 1: old user name left out"), "{}", done.out);
    }
    // Where nobody proved it, it stays what they log in by.
    home.import("username,email\n,c@x.example\nd,c@x.example\n", &[]).ok();
    assert_eq!(home.user("c@x.example").await.unwrap().username(), "c_at_x.example");
}

#[tokio::test]
async fn a_later_file_without_ids_takes_nobody_for_somebody_else() {
    let home = Home::new();
    for (first, other) in
        [("a:b", "a_b"), ("c_d", "c:d"), ("e@x.example", "e_at_x.example"), ("f_at_x.example", "f@x.example")]
    {
        let (first, other) = (format!("username\n{first}\n"), format!("username\n{other}\n"));
        home.import(&first, &[]).ok();
        for args in [&["--dry-run"][..], &[]] {
            let later = home.import(&other, args).skipped();
            assert!(later.contains("an account is here whose name cannot be told from it"), "{later}");
        }
        assert!(home.import(&first, &[]).ok().contains("1 here already"), "{first}");
    }
}
