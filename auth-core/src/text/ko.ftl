# Every sentence that a person reads on a page or in an error reply. Korean.
#
# One level of politeness throughout: 합쇼체 (-습니다, -십시오); buttons and headings are nouns. What is put in (`$`) is never followed by a
# particle that depends on its last sound (을/를, 이/가, 은/는, 와/과, 으로/로): a word of ours stands between, such as `님` or `계정`. A test
# looks for both.

## Every page

# The name of the language in the language itself, for whoever changes to it.
language-name = 한국어
language-switch = 언어
page-home = 시작 페이지로 이동

## The login page

login-title = 로그인
login-username = 아이디 또는 이메일
login-password = 비밀번호
login-remember = 이 기기에서 로그인 상태 유지
login-button = 로그인
login-or = 또는
login-with = { $provider } 계정으로 로그인

## The page that asks who somebody is once more

reauthenticate-title-password = 비밀번호 확인
reauthenticate-title-provider = 본인 확인
reauthenticate-lead = 계속하려면 본인 확인이 한 번 더 필요합니다. 로그인 상태는 그대로 유지됩니다.
reauthenticate-username = 로그인한 계정
reauthenticate-password = 비밀번호
reauthenticate-button = 확인
reauthenticate-with = { $provider } 계정으로 확인
reauthenticate-login-with = { $provider } 계정으로 다시 로그인
reauthenticate-by-email = 계속하려면 메일로 받은 코드가 필요합니다.
reauthenticate-by-passkey = 계속하려면 패스키가 필요합니다.
reauthenticate-by-recovery = 계속하려면 복구 코드가 필요합니다.
reauthenticate-by-totp = 계속하려면 인증 앱의 코드가 필요합니다.
reauthenticate-impossible = 이 계정에는 여기서 본인 확인에 사용할 수 있는 수단이 없습니다. 로그아웃한 뒤 다시 로그인하십시오.

## The page that asks for the second factor

mfa-title = 2단계 인증
mfa-lead-totp = 인증 앱에 표시된 코드를 입력해 주십시오.
mfa-lead-email = 메일로 코드를 받아 입력해 주십시오.
mfa-lead-passkey = 계속하려면 패스키를 사용하십시오.
mfa-lead-recovery = 복구 코드 중 하나를 입력해 주십시오.
mfa-code = 인증 코드
mfa-button = 확인
mfa-trust = 이 브라우저에서 30일 동안 묻지 않기
mfa-email-button = 메일로 코드 받기
mfa-email-sent = 이메일 주소로 코드를 보냈습니다. 10분 안에 여기에 입력해 주십시오.
mfa-recovery-title = 복구 코드 사용
mfa-recovery-code = 복구 코드
mfa-again = 처음부터 다시 로그인
mfa-one-of-two = 인증 코드와 복구 코드 중 하나만 보내야 합니다

## The page with one provider's button

provider-title-link = { $provider } 계정 연결
provider-title-login = { $provider } 계정으로 로그인
provider-title-reauthenticate = { $provider } 계정으로 확인
provider-lead = { $provider } 페이지로 이동하며, 완료되면 이곳으로 돌아옵니다.
provider-button = 계속

## The page of linked accounts

linked-accounts-title = 연결된 계정
linked-accounts-lead = { $username } 님이 로그인할 수 있는 방법입니다.
linked-accounts-lead-password = { $username } 님이 비밀번호 외에 로그인할 수 있는 방법입니다.
linked-accounts-none = 연결된 계정이 없습니다.
linked-accounts-unlink = 연결 해제
# { $link } is the link that reads linked-accounts-confirm-link.
linked-accounts-confirm = 연결을 해제하려면 먼저 { $link } 절차가 필요합니다.
linked-accounts-confirm-link = 본인 확인
linked-accounts-link = { $provider } 계정 연결

## Passkeys

passkey-use = 패스키 사용
passkey-failed = 진행할 수 없었습니다. 다시 시도하거나 다른 방법을 사용하십시오.
passkey-not-made = 패스키가 만들어지지 않았습니다. 다시 시도하십시오.
passkey-held = 이 기기에는 이 계정의 패스키가 이미 있습니다.
passkey-unnamed = 패스키
passkey-codes-title = 복구 코드
passkey-codes-lead = 적어서 기기와 따로 보관하십시오. 패스키를 사용할 수 없을 때 코드마다 한 번씩 로그인할 수 있습니다. 다시 표시되지 않습니다.
passkey-codes-done = 모두 적었습니다
passkeys-title = 패스키
passkeys-lead = 패스키가 있으면 { $username } 님은 비밀번호 없이 지문, 얼굴 또는 기기의 PIN으로 로그인할 수 있습니다.
passkeys-none = 패스키가 없습니다.
passkeys-made-on = { $day }에 만들었습니다.
passkeys-used-on = { $day }에 마지막으로 사용했습니다.
passkeys-unused = 아직 사용하지 않았습니다.
passkeys-second-factor-only = 사용자를 확인하지 않으므로 비밀번호와 함께만 사용할 수 있습니다.
passkeys-name = 이름
passkeys-rename = 이름 저장
passkeys-remove = 삭제
passkeys-make-title = 패스키 추가
passkeys-make = 패스키 만들기
passkeys-script = 패스키를 만들려면 JavaScript가 필요하지만 이 브라우저에서는 꺼져 있습니다.
passkeys-unproven = 패스키를 만들려면 먼저 이메일 주소를 인증하십시오.
# { $link } is the link that reads passkeys-confirm-link.
passkeys-confirm = 패스키를 만들거나 삭제하려면 먼저 { $link } 절차가 필요합니다.
passkeys-confirm-link = 본인 확인

## The way from the login page to others

login-forgotten = 비밀번호를 잊으셨습니까?
login-by-mail = 이메일로 로그인
login-register = 회원가입

## The page of somebody's own account

account-title = 내 계정
account-unproven = (미인증)
account-no-email = 없음
# { $link } is the link that reads linked-accounts-confirm-link.
account-confirm = 이메일 주소를 변경하려면 먼저 { $link } 절차가 필요합니다.
account-email-title = 이메일 주소
password-wrong = 비밀번호가 올바르지 않습니다.
account-new-email = 새 이메일 주소
account-email-button = 인증 메일 보내기
account-password-title = 비밀번호
account-current-password = 현재 비밀번호
account-sessions-title = 로그인된 기기
account-unknown-device = 알 수 없는 기기
account-this-session = 현재 기기
account-end-session = 로그아웃
account-end-others = 다른 모든 기기에서 로그아웃
account-export = 내 정보 내려받기
account-profile-title = 이름
account-first-name = 이름
account-last-name = 성
account-profile-button = 저장
account-close = 계정 해지
account-log-out = 로그아웃

## The pages of second factors

factors-title = 2단계 인증
factors-lead = 비밀번호 외에 본인만 가진 수단으로 한 번 더 확인합니다.
factors-unproven = 먼저 이메일 주소를 인증해야 사용할 수 있습니다.
factors-due = 이 계정은 { $day }까지 2차 인증 수단을 등록해야 합니다. 아래에서 추가하시기 바랍니다.
factors-passkeys = 패스키 추가 및 삭제
factor-not-held = 필요한 2차 인증 수단이 이 계정에 등록되어 있지 않습니다
factors-due-now = 이 계정은 2차 인증 수단이 있어야 합니다. 아래에서 추가하면 계속할 수 있습니다.
factors-last-demanded = 이 계정은 2차 인증 수단이 있어야 합니다. 먼저 다른 수단을 추가하거나 이 수단을 변경하시기 바랍니다
factors-totp = 인증 앱
factors-totp-on = { $day }부터 사용 중
factors-totp-off = 사용 안 함
factors-totp-add = 인증 앱 설정
factors-totp-replace = 다른 앱으로 변경
factors-totp-remove = 사용 해제
factors-email = 로그인할 때 대신 메일로 코드를 받을 수 있습니다.
factors-recovery = 복구 코드
factors-recovery-left = 남은 코드: { $count }
factors-recovery-renew = 새로 만들기
factors-devices = 묻지 않는 브라우저
factors-device-end = 다시 묻기
factors-confirm = 변경하려면 먼저 { $link } 절차가 필요합니다.
totp-title = 인증 앱 설정
totp-lead = 휴대전화의 인증 앱으로 아래 코드를 스캔해 주십시오.
totp-qr = 인증 앱용 QR 코드
totp-secret = 또는 앱에 다음 키를 입력해 주십시오.
totp-open = 이 기기의 앱에서 열기
totp-code = 앱에 표시된 코드
totp-button = 사용 시작
recovery-title = 복구 코드
recovery-lead = 다른 인증 수단을 사용할 수 없을 때 각 코드로 한 번씩 로그인할 수 있습니다. 이 페이지를 인쇄하거나 복사하거나 파일로 저장해 안전한 곳에 보관해 주십시오. 다시 표시되지 않습니다.
recovery-download = 파일로 저장
recovery-done = 보관했습니다

## The page on which somebody makes an account

register-title = 회원가입
register-username = 아이디
register-email = 이메일 주소
register-password = 비밀번호
register-passkey = 패스키로 가입
register-passkey-lead = 비밀번호 없이 가입할 수도 있습니다. 본인 확인은 기기에서 합니다.
register-password-hint = 여러 단어를 이어 쓰면 안전하면서도 기억하기 쉽습니다. 띄어쓰기도 사용할 수 있습니다.
register-button = 가입하기
register-login = 이미 계정이 있으십니까? 로그인
register-invited = { $email } 주소로 초대되셨습니다. 이 주소는 따로 확인하지 않아도 됩니다.
invitation-has-account = 이 주소의 계정이 이미 있습니다. 로그인해 주십시오.
register-name-taken = 이미 사용 중인 아이디입니다. 다른 아이디를 입력해 주십시오.
register-address-taken = 이 주소로 가입된 계정이 이미 있습니다. 로그인하거나, 비밀번호를 잊으셨다면 새로 설정해 주십시오.
register-sent-title = 메일함을 확인해 주십시오
register-sent-lead = 링크가 담긴 메일을 보냈습니다. 링크를 열어 이메일 주소를 인증해 주십시오. 몇 분이 지나도 메일이 오지 않으면 스팸 메일함을 확인해 주십시오.

## What shows that a person sends a form

human-check-missing = 사람이 보내는 요청인지 확인한 뒤 다시 보내 주십시오
human-check-failed = 사람이 보낸 요청인지 확인하지 못했습니다. 다시 시도해 주십시오
human-check-twice = 사람임을 확인하는 값은 한 필드로만 보내야 합니다
human-check-script = 이 양식은 사람이 보내는지 확인합니다. 계속하려면 이 페이지에서 스크립트를 허용해 주십시오.

## The pages for logging in by mail

magic-link-title = 이메일로 로그인
magic-link-lead = 이메일 주소를 입력하면 로그인 링크를 보내 드립니다. 비밀번호는 필요하지 않습니다.
magic-link-code-lead = 이 주소로 가입된 계정이 있으면 메일이 발송됩니다. 이 기기에서 메일의 링크를 열거나 메일에 적힌 코드를 입력해 주십시오. 링크와 코드는 15분 동안 유효합니다.
magic-link-code = 인증 코드
magic-link-confirm-lead = 버튼을 누르면 { $username } 님으로 로그인됩니다. 본인이 아니라면 이 페이지를 닫아 주십시오.
magic-link-token-or-code = 링크의 토큰과 코드 중 하나만 보내야 합니다
magic-link-wrong = 코드가 올바르지 않거나 만료되었습니다. 다섯 번 틀린 경우에는 메일을 다시 요청해 주십시오.

## The page that takes an address back

undo-title = 이전 주소 유지
undo-lead = 이 계정의 이메일 주소를 이전 주소로 되돌립니다. 모든 기기에서 로그아웃되고 연결된 계정이 해제되며, 비밀번호를 새로 설정해야 합니다.
undo-button = 이전 주소 유지

unlock-title = 계정 잠금 해제
unlock-lead = 이 계정에 잘못된 비밀번호가 너무 여러 번 입력되었습니다. 잠금을 해제하면 어느 브라우저에서나 다시 비밀번호로 로그인할 수 있습니다.
unlock-button = 잠금 해제

## The page that proves an address

verify-title = 이메일 주소 인증
verify-lead = 버튼을 누르면 이메일 주소 인증이 완료됩니다.
verify-password = 비밀번호
verify-password-hint = 본인의 계정이라면 비밀번호를 입력해 주십시오. 입력하지 않으면 이메일 주소의 소유자로서 계정을 받게 되며, 기존 로그인은 모두 해제되고 비밀번호를 새로 설정해야 합니다.
verify-again-lead = 가입할 때 사용한 이메일 주소를 입력하면 인증 링크를 다시 보내 드립니다.
verify-whose = 먼저 해당 계정으로 로그인하거나 비밀번호를 입력해 주십시오
verify-button = 인증하기

## The pages for a forgotten password

forgotten-title = 비밀번호 재설정
forgotten-lead = 이메일 주소를 입력하면 비밀번호를 새로 설정할 수 있는 링크를 보내 드립니다.
forgotten-button = 링크 보내기
forgotten-again = 링크 다시 요청하기
forgotten-sent-title = 메일함을 확인해 주십시오
forgotten-sent-lead = 이 주소로 가입된 계정이 있으면 링크가 담긴 메일이 발송됩니다. 링크는 1시간 동안 유효합니다. 몇 분이 지나도 메일이 오지 않으면 스팸 메일함을 확인해 주십시오.
reset-title = 새 비밀번호 설정
reset-lead = 비밀번호를 변경하면 로그인된 모든 기기에서 로그아웃됩니다.
reset-password = 새 비밀번호
reset-button = 비밀번호 변경

## The pages that close an account and open it again

close-title = 계정 해지
close-lead = 즉시 모든 기기에서 로그아웃되며 더 이상 이 계정으로 로그인할 수 없습니다. { $day }에 저장된 모든 정보와 함께 완전히 삭제됩니다. 그 전까지는 메일로 보내 드리는 링크로 계정을 다시 사용할 수 있습니다.
close-button = 계정 해지
close-superuser = 모든 권한을 가진 계정은 스스로 해지할 수 없습니다. 먼저 다른 관리자가 그 권한을 회수해야 합니다.
closed-title = 계정이 해지되었습니다
closed-lead = 모든 기기에서 로그아웃되었습니다. { $days }일 후 계정이 완전히 삭제됩니다. 그 전에 마음이 바뀌면 보내 드린 메일의 링크로 계정을 다시 사용할 수 있습니다.
reopen-title = 계정 다시 사용
reopen-lead = 한 번만 누르면 계정이 이전 상태로 돌아옵니다. 그런 다음 평소처럼 로그인해 주십시오.
reopen-button = 다시 사용

## The page that locks everybody out

secure-title = 본인이 한 일이 아닙니까?
secure-lead = 이 계정으로 로그인한 모든 기기가 로그아웃되고, 연결된 계정이 모두 해제되며, 비밀번호가 삭제됩니다. 새 비밀번호는 메일로 요청해 설정합니다.
secure-button = 모두 차단

## Mails

mail-verify-subject = [{ $app }] 이메일 주소를 인증해 주십시오
mail-verify-lead = { $app }에 가입해 주셔서 감사합니다. 아래 버튼을 눌러 본인의 이메일 주소인지 확인해 주십시오.
mail-verify-button = 이메일 주소 인증
mail-verify-note = 이 링크는 3일 동안 한 번만 사용할 수 있습니다. 가입한 적이 없다면 이 메일을 무시하셔도 됩니다.
mail-has-account-subject = [{ $app }] 이미 가입된 계정이 있습니다
mail-has-account-lead = { $app }에서 이 이메일 주소를 사용하려는 요청이 있었습니다. 이 주소로는 이미 { $username } 님의 계정이 있습니다. 비밀번호를 잊으셨다면 새로 설정해 주십시오.
mail-has-account-button = 새 비밀번호 설정
mail-has-account-note = 본인이 요청하지 않았다면 이 메일을 무시하셔도 됩니다. 계정에는 아무도 접근하지 못했습니다.
mail-reset-subject = [{ $app }] 새 비밀번호를 설정해 주십시오
mail-reset-lead = { $app }에서 { $username } 님의 비밀번호 재설정 요청이 접수되었습니다. 아래 버튼을 눌러 새 비밀번호를 설정해 주십시오.
mail-reset-button = 새 비밀번호 설정
mail-reset-note = 이 링크는 1시간 동안 한 번만 사용할 수 있습니다. 요청한 적이 없다면 이 메일을 무시하셔도 됩니다. 비밀번호는 바뀌지 않습니다.
mail-log-in-subject = [{ $app }] 로그인 링크
mail-log-in-lead = { $app }에서 { $username } 님의 로그인 요청이 접수되었습니다. 아래 버튼을 눌러 로그인해 주십시오.
mail-log-in-button = 로그인
mail-log-in-note = 또는 로그인을 요청한 화면에 다음 코드를 입력해 주십시오: { $code }. 링크와 코드는 15분 동안 한 번만 사용할 수 있습니다. 요청한 적이 없다면 이 메일을 무시하시고, 코드를 누구에게도 알려 주지 마십시오.
mail-new-address-subject = [{ $app }] 새 이메일 주소를 인증해 주십시오
mail-new-address-lead = { $app }에서 이 주소를 계정의 새 이메일 주소로 등록하려는 요청이 있었습니다. 본인의 계정이라면 인증해 주십시오.
mail-new-address-note = 이 링크는 3일 동안 한 번만, 로그인된 기기에서 사용할 수 있습니다. 요청한 적이 없다면 이 메일을 무시하셔도 됩니다.
mail-address-leaving-subject = [{ $app }] 이메일 주소가 변경될 예정입니다
mail-address-leaving-lead = { $app }에 { $username } 님으로 로그인한 사용자가 이 이메일 주소를 다른 주소로 변경하도록 요청했습니다. 본인이 요청했다면 아무것도 하지 않으셔도 됩니다. 본인이 아니라면 아래 버튼을 눌러 이 주소를 유지해 주십시오.
mail-address-leaving-button = 이 주소 유지
mail-address-leaving-note = 이 링크는 7일 동안 유효합니다. 사용하면 이 계정으로 로그인된 모든 기기에서 로그아웃되며, 비밀번호를 새로 설정해야 합니다.
mail-address-leaving-later-note = 이 메일은 계정에 등록된 주소로 발송되었습니다.
mail-invitation-subject = [{ $app }] 초대 안내
mail-invitation-lead = { $app } 서비스에 초대되셨습니다. 아이디와 비밀번호를 설정해 주십시오.
mail-invitation-button = 계정 만들기
mail-invitation-note = 링크는 만료되거나 새 초대 메일이 도착할 때까지 한 번만 사용할 수 있습니다. 계정이 필요하지 않으시면 아무것도 하지 않으셔도 됩니다.
mail-closed-subject = [{ $app }] 계정 해지 안내
mail-closed-lead = { $app } 서비스에서 이 주소의 계정이 해지되었습니다. { $day }에 완전히 삭제됩니다. 본인이 한 일이 아니거나 마음이 바뀌셨다면 아래에서 계정을 다시 활성화해 주십시오.
mail-closed-button = 다시 사용
mail-closed-note = 링크는 그때까지 한 번만 사용할 수 있습니다. 직접 해지하셨다면 아무것도 하지 않으셔도 됩니다.
mail-locked-subject = [{ $app }] 계정이 잠겼습니다
mail-locked-lead = { $app }의 { $username } 계정에 잘못된 비밀번호가 너무 여러 번 입력되었습니다. 이전에 로그인한 적이 있는 브라우저 외에는 비밀번호로 로그인할 수 없습니다. 다시 비밀번호로 로그인하려면 아래 버튼을 눌러 주십시오.
mail-locked-note = 이 링크는 하루 동안 유효합니다. 사용해도 로그인되거나 비밀번호가 바뀌지는 않습니다. 이 안내는 하루에 한 번만 발송됩니다.
mail-codes-locked-subject = [{ $app }] 인증 코드를 사용할 수 없습니다
mail-codes-locked-lead = { $app } 서비스에서 { $username } 님의 비밀번호를 아는 사람이 2차 인증 코드를 너무 여러 번 잘못 입력했습니다. 한 시간 동안 코드를 사용할 수 없습니다. 본인이라면 몇 번 더 시도할 수 있습니다. 본인이 아니라면 아래 버튼을 누르지 말고 비밀번호를 변경해 주십시오.
mail-password-changed-subject = [{ $app }] 비밀번호가 변경되었습니다
mail-password-changed-lead = { $app } 서비스에서 { $username } 님의 비밀번호가 변경되었습니다. 직접 변경하셨다면 아무것도 하지 않으셔도 됩니다. 그렇지 않다면 지금 바로 모두 차단하고 새 비밀번호를 설정해 주십시오.
mail-renamed-subject = [{ $app }] 아이디 변경 안내
mail-renamed-lead = { $app } 계정의 아이디가 변경되었습니다. 새 아이디: { $name }. 앞으로는 새 아이디 또는 이메일 주소로 로그인해 주십시오. 직접 변경하지 않으셨다면 모두 차단해 주십시오.
mail-linked-subject = [{ $app }] { $provider } 계정 연결 안내
mail-linked-lead = { $provider } 계정 하나가 { $app } 계정에 연결되었습니다. 그 계정이 있는 사람은 누구나 이 계정에 로그인할 수 있습니다. 직접 연결하지 않으셨다면 모두 차단해 주십시오.
mail-unlinked-subject = [{ $app }] { $provider } 계정 연결 해제 안내
mail-unlinked-lead = { $provider } 계정 하나가 { $app } 계정에서 연결 해제되었습니다. 이제 그 계정으로는 로그인할 수 없습니다. 직접 해제하지 않으셨다면 모두 차단해 주십시오.
mail-code-subject = [{ $app }] 로그인 인증 코드
mail-code-lead = { $app } 로그인 인증 코드: { $code }. 코드를 요청한 화면에 입력해 주십시오.
mail-code-button = 입력 화면으로 이동
mail-code-note = 코드는 로그인 중인 브라우저에서 10분 동안 한 번만 사용할 수 있습니다. 로그인하는 중이 아니라면 다른 사람이 비밀번호를 알고 있는 것이므로 비밀번호를 변경하시고, 코드를 누구에게도 알려 주지 마십시오.
mail-passkey-added-subject = [{ $app }] 패스키 추가 안내
mail-passkey-added-lead = { $app } 계정에 패스키가 추가되었습니다. 패스키: { $name }. 직접 추가하지 않으셨다면 모두 차단해 주십시오.
mail-passkey-removed-subject = [{ $app }] 패스키 삭제 안내
mail-passkey-removed-lead = { $app } 계정에서 패스키가 삭제되었습니다. 패스키: { $name }. 직접 삭제하지 않으셨다면 모두 차단해 주십시오.
mail-recovery-code-used-subject = [{ $app }] 복구 코드 사용 안내
mail-recovery-code-used-lead = { $app } 계정에 복구 코드로 로그인했습니다. 남은 코드: { $left }. 직접 로그인하지 않으셨다면 모두 차단해 주십시오.
mail-recovery-codes-made-subject = [{ $app }] 새 복구 코드 안내
mail-recovery-codes-made-lead = { $app } 서비스에서 { $username } 님의 복구 코드를 새로 만들었습니다. 이전 코드는 사용할 수 없습니다. 직접 요청하지 않으셨다면 모두 차단해 주십시오.
mail-totp-added-subject = [{ $app }] 인증 앱 설정 안내
mail-totp-added-lead = 이제 { $app } 서비스에 { $username } 님으로 로그인할 때 인증 앱의 코드가 필요합니다. 직접 설정하지 않으셨다면 모두 차단해 주십시오.
mail-totp-removed-subject = [{ $app }] 인증 앱 해제 안내
mail-totp-removed-lead = 이제 { $app } 서비스에 { $username } 님으로 로그인할 때 인증 앱의 코드가 필요하지 않습니다. 직접 해제하지 않으셨다면 모두 차단해 주십시오.
mail-factors-reset-subject = [{ $app }] 2차 인증 수단 삭제 안내
mail-factors-reset-lead = { $app } 서비스의 고객 지원에서 { $username } 님의 2차 인증 수단을 삭제했습니다. 이제 비밀번호만으로 로그인할 수 있습니다. 직접 요청하지 않으셨다면 모두 차단해 주십시오.
mail-factors-reset-asked-subject = [{ $app }] 2차 인증 수단 삭제 예정 안내
mail-factors-reset-asked-lead = { $app } 서비스의 고객 지원에 계정의 2차 인증 수단을 삭제해 달라는 요청이 접수되었습니다. { $day }부터 삭제될 수 있습니다. 직접 요청하지 않으셨다면 모두 차단해 주십시오.
mail-notice-button = 본인이 아닙니다
mail-notice-note = 링크는 7일간 사용할 수 있습니다. 이 메일은 계정에 등록된 주소로 발송되었습니다.

## The error page

error-status = 오류 { $status }
error-reference = 문의 번호: { $reference }
advice-401 = 로그인한 뒤 이 페이지를 다시 열어 주십시오.
advice-403 = 시작 페이지에서 다시 시도하거나 사이트 운영자에게 권한을 요청해 주십시오.
advice-404 = 페이지가 옮겨졌거나 주소가 잘못 입력되었을 수 있습니다.
advice-405 = 이전 페이지로 돌아가 페이지의 링크와 버튼을 이용해 주십시오.
advice-409 = 변경된 내용은 없습니다.
advice-413 = 이전 페이지로 돌아가 내용을 줄여 다시 보내 주십시오.
advice-415 = 이전 페이지로 돌아가 다른 형식으로 다시 보내 주십시오.
advice-429 = 잠시 기다렸다가 다시 시도해 주십시오.
advice-503 = 잠시 후 다시 시도해 주십시오.
advice-link = 가장 최근에 받은 메일의 링크만 사용할 수 있습니다. 없다면 링크를 다시 요청해 주십시오.
advice-request = 이전 페이지로 돌아가 입력한 내용을 확인하고 다시 시도해 주십시오.
advice-server = 서비스에 문제가 발생했습니다. 잠시 후 다시 시도해 주십시오.

## Ways on from an error

way-to-linked-accounts = 연결된 계정으로 돌아가기
way-to-link = 로그인하고 계정 연결하기
way-to-form = 입력 화면으로 돌아가기
way-to-go-back = 돌아가기
way-to-log-in = 로그인
way-to-login-page = 로그인 페이지로 이동
way-to-mfa = 2단계 인증
way-back-to-login-page = 로그인 페이지로 돌아가기
way-to-reauthenticate = 본인 확인

## What each kind of error is called

title-access-denied = 계정 소유자가 허용하지 않았습니다
title-already-exists = 이미 사용 중입니다
title-authorization-expired = 요청 시간이 지났거나 다른 브라우저에서 시작된 요청입니다. 이 페이지로 보낸 애플리케이션으로 돌아가 다시 시작해 주십시오
title-authorization-pending = 아직 결정되지 않았습니다
title-csrf-failed = 다른 사이트에서 보낸 요청입니다
title-email-unverified = 이메일 주소 인증이 필요합니다
title-expired-token = 이 코드의 유효 시간이 지났습니다
title-human-check-required = 사람이 보내는 요청인지 확인이 필요합니다
title-insufficient-scope = 액세스 토큰에 필요한 권한 범위가 없습니다
title-internal-error = 문제가 발생했습니다
title-invalid-client = 클라이언트를 인증할 수 없습니다
title-invalid-client-metadata = 이 내용으로는 클라이언트를 등록할 수 없습니다
title-invalid-code = 코드가 올바르지 않거나 이미 사용되었습니다
title-invalid-credential = 이 패스키는 추가할 수 없습니다
title-invalid-credentials = 아이디 또는 비밀번호가 올바르지 않습니다
title-invalid-dpop-proof = 키 증명이 올바르지 않습니다
title-invalid-field = 저장할 수 없습니다
title-invalid-grant = 유효하지 않은 권한 부여입니다
title-invalid-link = 이미 사용했거나 만료되었거나 새 링크로 대체된 링크입니다
title-invalid-redirect-uri = 등록할 수 없는 리디렉션 URI가 있습니다
title-invalid-request = 요청 형식이 올바르지 않습니다
title-invalid-scope = 유효하지 않은 권한 범위입니다
title-invalid-target = 이 클라이언트가 요청할 수 없는 리소스입니다
title-invalid-token = 유효하지 않은 액세스 토큰입니다
title-invalid-user-code = 알 수 없는 코드입니다. 잘못 입력했거나, 만료되었거나, 다른 곳에서 입력되었습니다
title-last-login-method = 이 계정에 로그인할 수 있는 마지막 방법입니다
title-link-required = 이 주소를 사용하는 계정이 이미 있습니다. 먼저 그 계정으로 로그인해 주십시오
title-login-expired = 로그인 시간이 지났습니다. 다시 로그인해 주십시오
title-method-not-allowed = 이 주소에서는 사용할 수 없는 요청 방식입니다
title-mfa-required = 2단계 인증이 필요합니다
title-not-found = 페이지를 찾을 수 없습니다
title-payload-too-large = 보낸 내용이 너무 큽니다
title-permission-denied = 접근 권한이 없습니다
title-provider-denied = 로그인 제공 서비스에서 취소되었습니다
title-provider-error = 로그인 제공 서비스에서 오류가 발생했습니다
title-reauthentication-required = 본인 확인이 다시 필요합니다
title-registration-closed = 지금은 회원가입을 받지 않습니다
title-request-timeout = 요청이 제시간에 도착하지 않았습니다
title-sign-up-closed = 이 로그인에 연결된 계정이 없습니다
title-slow-down = 기기가 너무 자주 요청합니다
title-state-mismatch = 이곳에서 시작하지 않았거나 이미 끝난 로그인입니다
title-too-many-attempts = 시도 횟수가 너무 많습니다. 나중에 다시 시도해 주십시오
title-unauthenticated = 로그인이 필요합니다
title-unauthorized-client = 이 클라이언트에 등록되지 않은 권한 부여 방식입니다
title-unapproved-software-statement = 소프트웨어 진술(software statement)은 이곳에서 신뢰하지 않습니다
title-unavailable = 지금은 처리할 수 없습니다. 잠시 후 다시 시도해 주십시오
title-unsupported-grant-type = 지원하지 않는 권한 부여 방식입니다
title-unsupported-media-type = 지원하지 않는 형식의 요청입니다
title-use-dpop-nonce = 키 증명에 이 응답과 함께 온 nonce가 필요합니다
title-user-required = 클라이언트가 아닌 사용자만 이용할 수 있습니다
title-weak-password = 추측하기 쉬운 비밀번호입니다

## What was sent

body-ended-early = 요청 본문이 중간에 끊겼습니다
body-malformed = 보낸 내용의 형식이 올바르지 않거나 같은 항목이 두 번 들어 있습니다
field-holds-nul = { $field } 항목에 NUL 문자가 들어 있습니다
field-missing = { $field } 항목이 없습니다
field-twice = { $field } 항목이 두 번 들어 있습니다
field-wrong-type = { $field } 항목의 형식이 올바르지 않습니다
# The same of a field whose name is nothing to repeat.
some-field-holds-nul = NUL 문자가 들어 있는 항목이 있습니다
some-field-twice = 두 번 들어 있는 항목이 있습니다

## What is chosen

language-unknown = 지원하지 않는 언어입니다

## Names, addresses and passwords

email-invalid = 올바른 이메일 주소가 아닙니다
field-fixed = { $field } 항목은 여기서 변경할 수 없습니다
some-field-fixed = 여기서 변경할 수 없는 항목이 있습니다
field-no-value = { $field } 항목에 사용할 수 없는 값입니다
person-name-invalid = 이름과 성은 각각 150자까지 쓸 수 있으며 제어 문자는 쓸 수 없습니다
login-name-too-long = 아이디가 너무 깁니다
passkey-name-invalid = 이름은 { $most }자까지 쓸 수 있으며 제어 문자는 쓸 수 없습니다
passkey-too-many = 한 계정의 패스키는 { $most }개까지입니다. 먼저 하나를 삭제하십시오
username-length = 아이디는 1자 이상 { $most }자 이하여야 합니다
username-signs = 아이디에는 '@'와 ':'를 사용할 수 없습니다
username-unseen = 아이디에는 제어 문자나 보이지 않는 문자를 사용할 수 없으며, 앞뒤에 공백을 둘 수 없습니다
password-holds-nul = 비밀번호에 NUL 문자가 들어 있습니다
password-over-limit = 비밀번호가 { $most }바이트보다 깁니다
password-common = 흔한 단어나 키보드 배열, 반복으로 이루어진 비밀번호는 가장 먼저 추측됩니다.
password-context = 비밀번호에 아이디, 이메일 주소 또는 이 서비스의 이름이 들어 있습니다.
password-too-long = 비밀번호는 { $most }바이트 이하여야 합니다.
password-breached = 다른 사이트에서 유출된 적이 있는 비밀번호입니다. 여기에서만 쓸 다른 비밀번호를 입력해 주십시오.
password-too-short = 비밀번호는 { $least }자 이상이어야 합니다. 여러 단어를 이어 쓰면 기억하기 쉽습니다.

## Logins with providers

-not-your-fault = 사용자의 잘못이 아니며 변경된 내용은 없습니다.

provider-down = 지금은 { $provider } 로그인을 이용할 수 없습니다. { -not-your-fault } 몇 분 후 다시 시도해 주십시오.
provider-down-for = 지금은 { $provider } 로그인을 이용할 수 없습니다. { -not-your-fault } { $seconds }초 후 다시 시도해 주십시오.
provider-down-said = 지금은 { $provider } 로그인을 이용할 수 없습니다. { -not-your-fault } 몇 분 후 다시 시도해 주십시오. { $provider }에서 보낸 메시지: { $said }
provider-broken = 지금은 { $provider } 로그인이 작동하지 않습니다. { -not-your-fault } 몇 분 후 다시 시도해 주십시오.
provider-broken-for = 지금은 { $provider } 로그인이 작동하지 않습니다. { -not-your-fault } { $seconds }초 후 다시 시도해 주십시오.
provider-broken-said = 지금은 { $provider } 로그인이 작동하지 않습니다. { -not-your-fault } 몇 분 후 다시 시도해 주십시오. { $provider }에서 보낸 메시지: { $said }
provider-cancelled = { $provider }에서 로그인이 취소되었거나 거부되었습니다. 변경된 내용은 없습니다.
provider-cancelled-said = { $provider }에서 로그인이 취소되었거나 거부되었습니다. 변경된 내용은 없습니다. 받은 메시지: { $said }
provider-account-taken = 이 { $provider } 계정은 이미 다른 계정에 연결되어 있습니다. 변경된 내용은 없습니다.
provider-account-unusable = 사용할 수 없는 계정입니다.
provider-already-logged-in = 이미 로그인되어 있습니다. 이 주소는 한 번만 사용할 수 있으니 시작 페이지에서 계속해 주십시오.
provider-answer-too-long = 로그인 제공 서비스의 응답이 너무 깁니다
provider-begin-again = 로그인 페이지에서 다시 시작해 주십시오.
provider-cannot-confirm = { $provider }에서는 본인 확인을 다시 할 수 없습니다. { $provider } 계정으로 다시 로그인해 주십시오.
provider-link-or-confirm = 연결과 확인 중 하나만 할 수 있습니다
provider-log-in-again = 로그인 제공 서비스로 다시 로그인해 주십시오
provider-login-over = 로그인이 끝나기 전에 만료되었습니다. 다시 로그인해 주십시오.
provider-login-too-old = 마지막 로그인이 너무 오래되어 계정을 연결할 수 없습니다. 변경된 내용은 없습니다.
provider-other-account = 지금 로그인한 계정과 다른 계정입니다.
provider-password-confirms = 이 계정에는 비밀번호가 있으므로 비밀번호로 확인해 주십시오.

## The pages on which somebody is asked whether another application may

consent-title = { $client }의 접근 요청
consent-lead = { $username } 계정으로 로그인되어 있습니다. 허용하면 { $client } 애플리케이션이 다음을 할 수 있습니다.
consent-lead-nothing = { $username } 계정으로 로그인되어 있습니다. { $client } 애플리케이션은 계속 진행하는 것 외에는 요청하지 않습니다.
consent-destination = 다음 주소로 이동합니다: { $place }
consent-allow = 허용
consent-deny = 허용하지 않음
consent-other-account = 다른 계정 사용
consent-note = 허용한 내용은 계정 페이지에서 언제든지 철회할 수 있습니다.
hand-on-title = { $client } 애플리케이션으로 돌아가기
hand-on-lead = 한 번만 더 누르면 돌아갑니다.
hand-on-button = 계속
grants-title = 접근을 허용한 애플리케이션
grants-lead = { $username } 님이 다른 애플리케이션에 허용한 내용입니다.
grants-none = 허용한 내용이 없습니다.
grants-since = { $day }부터
grants-withdraw = 철회
end-session-title = 로그아웃하시겠습니까?
end-session-lead = 이곳에서 로그아웃하도록 요청받았습니다.
end-session-lead-of = { $client } 애플리케이션에서 이곳에서도 로그아웃하도록 요청했습니다.
end-session-stay = 로그인 상태 유지

## Requests of other applications

authorize-too-long = 요청이 너무 깁니다
authorize-unknown-client = 이 페이지로 보낸 애플리케이션을 알 수 없습니다. 돌아가서 해당 애플리케이션의 운영자에게 알려 주십시오
authorize-unknown-place = { $client } 애플리케이션이 등록되지 않은 주소로 이동하려고 합니다. 돌아가서 해당 애플리케이션의 운영자에게 알려 주십시오
logout-other-client = 다른 클라이언트의 ID 토큰입니다

## The page for the code of a device

device-title = 기기에서 로그인
device-lead = 기기에 표시된 코드를 입력해 주십시오.
device-code = 코드
device-button = 계속
device-ask-title = { $client } 로그인을 허용하시겠습니까?
device-ask-lead = 어떤 기기가 회원님의 계정을 사용하려고 합니다. 허용하면 그 기기의 { $client } 애플리케이션이 다음을 할 수 있습니다.
device-note = 눈앞에 있는 기기에 이 코드가 표시될 때만 허용해 주십시오. 누군가 코드를 보내왔다면 계정을 노리는 것입니다.
device-allowed-title = 기기에서 로그인되었습니다
device-allowed = 잠시 후 기기에서 { $client } 애플리케이션이 계속됩니다. 이 페이지는 닫아도 됩니다.
device-denied-title = 허용하지 않았습니다
device-denied = { $client } 애플리케이션은 접근 권한을 얻지 못했습니다. 이 페이지는 닫아도 됩니다.

## What other applications may do here

scope-email = 이메일 주소 보기
scope-offline-access = 자리를 비운 동안에도 접근 유지
scope-openid = 식별자로 회원님 알아보기
scope-profile = 사용자 이름과 이름 보기

## What a handler passed on

device-code-ended = 제한 시간 안에 코드가 확인되지 않았습니다
session-values-too-large = 세션에는 최대 4KiB까지 저장할 수 있습니다
