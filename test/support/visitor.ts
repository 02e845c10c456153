import type { FastifyInstance, LightMyRequestResponse } from 'fastify';

/** A browser without a window: it keeps cookies, and sends forms with what stands hidden in them. */
export class Visitor {
  readonly #server: FastifyInstance;
  readonly #cookies = new Map<string, string>();
  readonly #address: string;
  last: LightMyRequestResponse | undefined;

  constructor(server: FastifyInstance, address = '127.0.0.1') {
    this.#server = server;
    this.#address = address;
  }

  cookies(): string {
    return [...this.#cookies].map(([name, value]) => `${name}=${value}`).join('; ');
  }

  setCookie(name: string, value: string): void {
    this.#cookies.set(name, value);
  }

  async get(url: string, headers: Record<string, string> = {}): Promise<LightMyRequestResponse> {
    return this.#keep(
      await this.#server.inject({ url, remoteAddress: this.#address, headers: { cookie: this.cookies(), ...headers } }),
    );
  }

  /** Sends fields as a form; follows where it is sent on to. */
  async post(
    url: string,
    fields: Readonly<Record<string, string>>,
    headers: Record<string, string> = {},
  ): Promise<LightMyRequestResponse> {
    const answer = this.#keep(
      await this.#server.inject({
        method: 'POST',
        url,
        remoteAddress: this.#address,
        payload: new URLSearchParams(fields).toString(),
        headers: { cookie: this.cookies(), 'content-type': 'application/x-www-form-urlencoded', ...headers },
      }),
    );
    return answer;
  }

  /** Fills the form of the last page whose action is `action`, and sends it. */
  async submit(action: string, fields: Readonly<Record<string, string>> = {}): Promise<LightMyRequestResponse> {
    return this.post(action, { ...this.hidden(action), ...fields });
  }

  /** The hidden fields of a form of the last page. */
  hidden(action: string): Record<string, string> {
    const forms = this.last?.body.match(/<form[\s\S]*?<\/form>/g) ?? [];
    const form = forms.find((each) => each.includes(`action="${action}"`));
    if (form === undefined) throw new Error(`no form to ${action} in the page:\n${this.last?.body ?? ''}`);
    const fields = [...form.matchAll(/<input type="hidden" name="([^"]*)" value="([^"]*)"/g)];
    return Object.fromEntries(fields.map(([, name, value]) => [name ?? '', unescaped(value ?? '')]));
  }

  /** Goes on to where the last answer leads. */
  async follow(answer: LightMyRequestResponse): Promise<LightMyRequestResponse> {
    return answer.statusCode === 303 ? this.get(String(answer.headers.location)) : answer;
  }

  #keep(answer: LightMyRequestResponse): LightMyRequestResponse {
    for (const { name, value } of answer.cookies as { name: string; value: string }[]) {
      if (value === '') this.#cookies.delete(name);
      else this.#cookies.set(name, value);
    }
    this.last = answer;
    return answer;
  }
}

/** What is written in a page, as a reader sees it: no tags, blanks single. */
export function textOf(page: string): string {
  return unescaped(page.replace(/<(?:style|script)[\s\S]*?<\/(?:style|script)>|<[^>]*>/g, ' '))
    .replace(/\s+/g, ' ')
    .trim();
}

function unescaped(text: string): string {
  return text
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&#39;', "'")
    .replaceAll('&amp;', '&');
}
