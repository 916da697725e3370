/** A letter as it is sent: plain text, no picture, nothing that is fetched when it is read. */
export interface Mail {
  to: string;
  subject: string;
  text: string;
}

const lines = (...parts: string[]) => `${parts.join('\n\n')}\n`;

export function confirmAddress(to: string, link: string): Mail {
  return {
    to,
    subject: 'Confirm your e-mail address',
    text: lines(
      'Somebody signed up with this address. If it was you, open this link within a day, and give the password you chose:',
      link,
      'If it was not, do nothing: without your confirmation, the address is used for nothing.',
    ),
  };
}

export function alreadySignedUp(to: string, publicUrl: string): Mail {
  return {
    to,
    subject: 'You have an account here already',
    text: lines(
      'Somebody tried to sign up with this address, which has an account. If it was you, sign in, or choose another password:',
      `${publicUrl}/sign-in\n${publicUrl}/forgot`,
      'If it was not, there is nothing to do: nobody was told that you have an account.',
    ),
  };
}

export function chooseAnotherPassword(to: string, link: string): Mail {
  return {
    to,
    subject: 'Choose another password',
    text: lines(
      'Somebody asked for another password for this address. If it was you, open this link within 30 minutes; it works once:',
      link,
      'If it was not, do nothing: your password stays what it is.',
    ),
  };
}

export function passwordWasChanged(to: string, publicUrl: string): Mail {
  return {
    to,
    subject: 'Your password was changed',
    text: lines(
      'The password of your account was changed, and it was signed out everywhere else.',
      'If it was not you, choose another one at once:',
      `${publicUrl}/forgot`,
    ),
  };
}

export function invitation(to: string, link: string): Mail {
  return {
    to,
    subject: 'You are invited',
    text: lines('You are invited to work here. This link keeps your place for a week, and works once:', link),
  };
}
