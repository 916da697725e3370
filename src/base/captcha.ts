import type { Secret } from './secret.js';

/** Whose puzzles are known: where its widget comes from, where its answer stands in a form, and who says whether it was solved. */
export interface CaptchaKind {
  scriptUrl: string;
  widgetClass: string;
  field: string;
  verifyUrl: string;
  /** What a page's Content-Security-Policy allows for it. */
  sources: readonly string[];
}

/**
 * All three share one protocol: `secret`, `response` and `remoteip` are posted, and `success` is answered.
 * Source: developers.cloudflare.com/turnstile/reference/content-security-policy; docs.hcaptcha.com; developers.google.com/recaptcha/docs/faq (2026-11-21)
 */
export const captchaKinds = {
  turnstile: {
    scriptUrl: 'https://challenges.cloudflare.com/turnstile/v0/api.js',
    widgetClass: 'cf-turnstile',
    field: 'cf-turnstile-response',
    verifyUrl: 'https://challenges.cloudflare.com/turnstile/v0/siteverify',
    sources: ['https://challenges.cloudflare.com'],
  },
  hcaptcha: {
    scriptUrl: 'https://js.hcaptcha.com/1/api.js',
    widgetClass: 'h-captcha',
    field: 'h-captcha-response',
    verifyUrl: 'https://api.hcaptcha.com/siteverify',
    sources: ['https://hcaptcha.com', 'https://*.hcaptcha.com'],
  },
  recaptcha: {
    scriptUrl: 'https://www.google.com/recaptcha/api.js',
    widgetClass: 'g-recaptcha',
    field: 'g-recaptcha-response',
    verifyUrl: 'https://www.google.com/recaptcha/api/siteverify',
    sources: ['https://www.google.com/recaptcha/', 'https://www.gstatic.com/recaptcha/'],
  },
} as const satisfies Record<string, CaptchaKind>;

/** The puzzle that strangers solve, as the operator set it up. */
export interface Captcha extends CaptchaKind {
  siteKey: string;
  secret: Secret;
}
