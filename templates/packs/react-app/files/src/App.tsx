import { GreetingForm } from "./GreetingForm.tsx";

interface Props {
  readonly title: string;
}

export function App({ title }: Props) {
  return (
    <>
      <a className="skip" href="#content">
        Skip to content
      </a>
      <header>
        <h1>{title}</h1>
      </header>
      <main id="content" tabIndex={-1}>
        <GreetingForm />
      </main>
    </>
  );
}
