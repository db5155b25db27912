// What people look for on the pages.

export const WORDS = {
  en: {
    language: 'English',
    logIn: 'Log in',
    forgotten: 'Forgot your password?',
    register: 'Create an account',
    registerButton: 'Create account',
    verify: 'Confirm',
    logOut: 'Log out',
    changePassword: 'Set the password',
    sendLink: 'Send the link',
    byMail: 'Log in by e-mail',
    confirm: 'Confirm',
  },
  ko: {
    language: '한국어',
    logIn: '로그인',
    forgotten: '비밀번호를 잊으셨습니까?',
    register: '회원가입',
    registerButton: '가입하기',
    verify: '인증하기',
    logOut: '로그아웃',
    changePassword: '비밀번호 변경',
    sendLink: '링크 보내기',
    byMail: '이메일로 로그인',
    confirm: '확인',
  },
}
