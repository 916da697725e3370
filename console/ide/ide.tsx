import 'graphiql/style.css';
import { createGraphiQLFetcher } from '@graphiql/toolkit';
import { GraphiQL } from 'graphiql';
import EditorWorker from 'monaco-editor/esm/vs/editor/editor.worker.js?worker';
import JsonWorker from 'monaco-editor/esm/vs/language/json/json.worker.js?worker';
import GraphqlWorker from 'monaco-graphql/esm/graphql.worker.js?worker';
import { createRoot } from 'react-dom/client';

Object.assign(globalThis, {
  MonacoEnvironment: {
    getWorker(_id: string, label: string): Worker {
      if (label === 'json') return new JsonWorker();
      return label === 'graphql' ? new GraphqlWorker() : new EditorWorker();
    },
  },
});

const first = `# Who is asking? Sign in at /sign-in and run it again.
query WhoAmI {
  viewer {
    email
    role
    account {
      displayName
      status
      payUrl
      payments(first: 5) {
        nodes { amount { decimal currency } status buyerEmail }
      }
    }
  }
}
`;

const onboarding = `# A link to Stripe's onboarding. Put your account's id in; the link works once.
mutation Onboard {
  startOnboarding(input: { accountId: "acc_…" }) {
    onboardingUrl
    userErrors { code message remedy }
  }
}
`;

const checkout = `# Send a buyer to Stripe. Anybody may ask.
mutation SendToStripe {
  createPaymentCheckout(input: { accountId: "acc_…", email: "buyer@example.com" }) {
    checkoutUrl
    total { decimal currency }
    userErrors { code message remedy }
  }
}
`;

const root = document.getElementById('ide');
if (root) {
  createRoot(root).render(
    <GraphiQL
      fetcher={createGraphiQLFetcher({ url: '/graphql' })}
      defaultTabs={[{ query: first }, { query: onboarding }, { query: checkout }]}
      shouldPersistHeaders={false}
    />,
  );
}
