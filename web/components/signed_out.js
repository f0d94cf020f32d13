// Where the connection ends because nobody is signed in here any more, this page has nothing to say: it leaves for sign-in.
export default function () {
  const app = document.querySelector("[data-testid=stApp]");
  if (!app) return;
  let asking = false;
  const look = async () => {
    const connection = app.dataset.testConnectionState;
    if (asking || window.attuneLeaves || !connection || connection === "CONNECTED") return;
    asking = true;
    try {
      const answer = await fetch("/_stcore/health", { redirect: "manual", cache: "no-store" });
      // A screen that is just being handed over goes into the room, and nowhere else.
      if (window.attuneLeaves) return;
      if (answer.type === "opaqueredirect" || answer.status === 401) window.location.assign("/sign-in");
    } catch {
      // The server is away: Streamlit says so and tries again.
    }
    asking = false;
  };
  const watching = new MutationObserver(look);
  watching.observe(app, { attributes: true, attributeFilter: ["data-test-connection-state"] });
  look();
  return () => watching.disconnect();
}
