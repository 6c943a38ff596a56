import { type SubmitEvent, useId, useState } from "react";
import { greet } from "./greeting.ts";

interface Fields extends HTMLFormControlsCollection {
  readonly person: HTMLInputElement;
}

/** Asks for a name and greets: a first component, to be replaced by what this app is for. */
export function GreetingForm() {
  const id = useId();
  const [greeting, setGreeting] = useState("");
  const [problem, setProblem] = useState("");

  function submit(event: SubmitEvent<HTMLFormElement>) {
    event.preventDefault();
    const { person } = event.currentTarget.elements as Fields;
    const name = person.value.trim();
    if (name === "") {
      setGreeting("");
      setProblem("Enter a name.");
      person.focus();
      return;
    }
    setProblem("");
    setGreeting(greet(name));
  }

  return (
    <form onSubmit={submit} noValidate>
      <label htmlFor={`${id}-name`}>Name</label>
      <div className="row">
        <input
          id={`${id}-name`}
          name="person"
          autoComplete="name"
          aria-describedby={`${id}-problem`}
          aria-invalid={problem !== ""}
          required
        />
        <button type="submit">Greet</button>
      </div>
      <p id={`${id}-problem`} className="problem">
        {problem}
      </p>
      <output>{greeting}</output>
    </form>
  );
}
