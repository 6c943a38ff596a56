    // GitLab shows the tests of a merge request from this file.
    ...(process.env.GITLAB_CI && { reporters: ["default", "junit"] }),
    outputFile: { junit: "junit.xml" },
