import type { ReactNode } from 'react';
import { renderToStaticMarkup } from 'react-dom/server';

const style = `
:root{color-scheme:light dark;--ink:#1a1f36;--soft:#697386;--line:#d8dee4;--ground:#f6f9fc;--card:#fff;--blue:#4b4ded}
@media(prefers-color-scheme:dark){:root{--ink:#f0f2f5;--soft:#a3acb9;--line:#3c4257;--ground:#14171f;--card:#1f2430;--blue:#a5a6ff}}
*{box-sizing:border-box}body{margin:0;font:16px/1.5 system-ui,sans-serif;color:var(--ink);background:var(--ground)}
.test{background:#ffde92;color:#3d2c00;text-align:center;padding:.4rem;font-weight:600;font-size:.85rem}
main{max-width:30rem;margin:2.5rem auto;padding:1.75rem;background:var(--card);border:1px solid var(--line);border-radius:12px}
main.wide{max-width:52rem}h1{font-size:1.3rem;margin:0 0 .25rem}h2{font-size:1.05rem;margin:1.75rem 0 .25rem}.amount{font-size:2rem;font-weight:600;margin:.25rem 0 1rem}p{color:var(--soft);margin:.25rem 0 1rem}
label,legend{display:block;font-weight:600;margin:1rem 0 .3rem;padding:0}fieldset{border:0;margin:0;padding:0}.choice{font-weight:400;margin:.35rem 0;display:flex;gap:.5rem}
input[type=email]{width:100%;padding:.65rem;border:1px solid var(--line);border-radius:8px;font:inherit;background:var(--card);color:var(--ink)}
button{width:100%;padding:.75rem;margin-top:.75rem;border:0;border-radius:8px;font:inherit;font-weight:600;background:#4b4ded;color:#fff;cursor:pointer}
.row{display:flex;flex-wrap:wrap;gap:.5rem;align-items:center;padding:.25rem 0}.row span{flex:1 1 16rem;overflow-wrap:anywhere}.row button{width:auto;margin:0;padding:.3rem .8rem;font-weight:400;background:transparent;color:var(--blue);border:1px solid var(--line)}a{color:var(--blue)}
.row label{margin:0;font-weight:400}.row input,select{padding:.35rem;border:1px solid var(--line);border-radius:8px;font:inherit;background:var(--card);color:var(--ink)}.row input[type=number]{width:7rem}
button.plain{background:transparent;color:var(--ink);border:1px solid var(--line)}:focus-visible{outline:3px solid var(--blue);outline-offset:2px}
.error{background:#ffe4e6;color:#7f1d1d;padding:.7rem;border-radius:8px;margin:0 0 1rem}ul{color:var(--soft);padding-left:1.2rem}`;

/** A page of the simulated Stripe: it works without scripts, and says on every one that no money moves. */
export function page(title: string, content: ReactNode, width: 'narrow' | 'wide' = 'narrow'): string {
  return `<!doctype html>${renderToStaticMarkup(
    <html lang="en">
      <head>
        <meta charSet="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>{title}</title>
        <style dangerouslySetInnerHTML={{ __html: style }} />
      </head>
      <body>
        <div className="test">TEST · simulated Stripe, no real money</div>
        <main className={width}>{content}</main>
      </body>
    </html>,
  )}`;
}
