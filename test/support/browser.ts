/** What a browser does without scripts: addresses, cookies, redirects, forms. */
export class Browser {
  #cookies = new Map<string, string>();
  address = '';
  status = 0;
  html = '';

  constructor(readonly home: string) {}

  async open(path: string): Promise<this> {
    return this.#follow('GET', new URL(path, this.address || this.home).href, null);
  }

  /** Submits the form whose action ends with `action` (or the page's only one), with its hidden fields, what is typed, and the button clicked. */
  async submit(typed: Record<string, string>, action?: string): Promise<this> {
    const forms = [...this.html.matchAll(/<form([^>]*)>(.*?)<\/form>/gs)].map(([, attributes = '', inner = '']) => ({
      action: /action="([^"]*)"/.exec(attributes)?.[1] ?? null,
      inner,
    }));
    const form = action ? forms.find((one) => one.action?.endsWith(action)) : forms.find((one) => one.action !== '/sign-out');
    if (!form) throw new Error(`no form ${action ?? ''} on ${this.address}:\n${this.html}`);
    const fields = new URLSearchParams();
    for (const [tag] of form.inner.matchAll(/<input[^>]*type="hidden"[^>]*>/g)) fields.set(attribute(tag, 'name'), attribute(tag, 'value'));
    for (const [name, value] of Object.entries(typed)) fields.set(name, value);
    return this.#follow('POST', new URL(form.action ?? this.address, this.address).href, fields);
  }

  text(): string {
    return this.html
      .replace(/<style.*?<\/style>/gs, ' ')
      .replace(/<[^>]+>/g, ' ')
      .replaceAll('&#x27;', '’')
      .replace(/\s+/g, ' ')
      .trim();
  }

  /** A request of the same browser from a page's own address, in JSON. */
  async fetch(
    path: string,
    init: { method?: string; body?: unknown; headers?: Record<string, string> } = {},
  ): Promise<{ status: number; body: Record<string, unknown>; headers: Headers }> {
    const answer = await this.#request(
      init.method ?? 'POST',
      new URL(path, this.home).href,
      init.body === undefined ? null : JSON.stringify(init.body),
      { 'content-type': 'application/json', ...init.headers },
    );
    const text = await answer.text();
    return { status: answer.status, body: text.startsWith('{') ? (JSON.parse(text) as Record<string, unknown>) : { text }, headers: answer.headers };
  }

  async #follow(method: string, url: string, body: URLSearchParams | null): Promise<this> {
    const answer = await this.#request(method, url, body, {
      accept: 'text/html',
      ...(this.address && method === 'POST' ? { origin: new URL(this.address).origin } : {}),
    });
    this.address = url;
    this.status = answer.status;
    this.html = await answer.text();
    const location = answer.headers.get('location');
    return location && answer.status < 400 ? this.#follow('GET', new URL(location, url).href, null) : this;
  }

  async #request(method: string, url: string, body: string | URLSearchParams | null, headers: Record<string, string>): Promise<Response> {
    const { host } = new URL(url);
    const cookie = [...this.#cookies]
      .filter(([key]) => key.startsWith(`${host} `))
      .map(([key, value]) => `${key.slice(host.length + 1)}=${value}`)
      .join('; ');
    const answer = await fetch(url, { method, body, redirect: 'manual', headers: { ...headers, ...(cookie ? { cookie } : {}) } });
    for (const line of answer.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      if (value) this.#cookies.set(`${host} ${name}`, value);
      else this.#cookies.delete(`${host} ${name}`);
    }
    return answer;
  }
}

function attribute(tag: string, name: string): string {
  return new RegExp(`${name}="([^"]*)"`).exec(tag)?.[1] ?? '';
}
